#include "bench/compare.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>

namespace instar::bench {
namespace {

double run(const std::string& command) {
  struct closer {
    void operator()(std::FILE* pipe) const { ::pclose(pipe); }
  };
  const std::unique_ptr<std::FILE, closer> pipe(::popen(command.c_str(), "r"));
  double figure = 0;
  if (!pipe || std::fscanf(pipe.get(), "%lf", &figure) != 1)
    throw std::runtime_error("no figure from: " + command);
  return figure;
}

bool succeeds(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

// OTP's own upgrade is measured too; CAF has none.
const std::set<std::string>& steady_names() {
  static const std::set<std::string> all{"call",  "call_timeout", "pairs",
                                         "cast",  "fanin",        "ring",
                                         "spawn", "bytes",        "cold"};
  return all;
}

std::optional<contender> find_otp(const path& folder) {
  const auto built = folder / "otp";
  boost::filesystem::create_directories(built);
  if (!succeeds(fmt::format("command -v erlc >/dev/null && erlc -o '{0}' "
                            "'{1}/otp_bench.erl' '{1}/otp_upgrade.erl'",
                            built.string(), INSTAR_BENCH_OTP)))
    return std::nullopt;
  return contender{"otp", [built](const std::string& name, std::size_t n,
                                  std::size_t workers) {
                     return fmt::format(
                         "erl +S {2}:{2} +P 4000000 -noinput -pa '{3}' -eval "
                         "'otp_bench:main()' -extra {0} {1} '{3}/{0}'",
                         name, n, workers, built.string());
                   }};
}

std::optional<contender> find_caf() {
  const path program(INSTAR_BENCH_CAF);
  if (!boost::filesystem::exists(program))
    return std::nullopt;
  return contender{"caf",
                   [program](const std::string& name, std::size_t n,
                             std::size_t workers) -> std::string {
                     if (!steady_names().contains(name))
                       return {};
                     return fmt::format("'{}' {} {} {}", program.string(), name,
                                        n, workers);
                   }};
}

}  // namespace

std::vector<contender> find_contenders(const std::string& program,
                                       const path& folder) {
  std::vector<contender> all;
  all.push_back(
      {{},
       [program](const std::string& name, std::size_t n, std::size_t workers) {
         return fmt::format("'{}' one {} {} {}", program, name, n, workers);
       }});
  if (auto otp = find_otp(folder))
    all.push_back(std::move(*otp));
  if (auto caf = find_caf())
    all.push_back(std::move(*caf));
  return all;
}

std::vector<figure> compare(const comparison& what,
                            const std::vector<contender>& contenders) {
  std::map<std::string, std::vector<double>> runs;
  for (int round = 0; round < what.rounds; ++round) {
    for (const auto& one : contenders) {
      const auto command = one.command(what.name, what.n, what.workers);
      if (!command.empty())
        runs[one.name].push_back(run(command));
    }
  }
  // Of two workers, under a name of its own: a row for each name, n and peer.
  const auto name = what.workers == 1
                        ? what.name
                        : fmt::format("{}_{}w", what.name, what.workers);
  const figure ours{name, what.n, median(runs.at({})), what.unit, {}, {}};
  std::vector<figure> made;
  for (const auto& [peer, its] : runs) {
    if (peer.empty())
      continue;
    made.push_back(ours);
    made.back().peer = median(its);
    made.back().peer_name = peer;
  }
  if (made.empty())
    made.push_back(ours);
  return made;
}

std::vector<comparison> all_comparisons(std::size_t most) {
  std::vector<comparison> all;
  for (const std::size_t workers : {1, 2}) {
    all.push_back({"call", 1, workers, "ns"});
    all.push_back({"call_timeout", 1, workers, "ns"});
    all.push_back({"pairs", 100, workers, "ns"});
    all.push_back({"cast", 1, workers, "ns"});
    all.push_back({"fanin", 100, workers, "ns"});
    all.push_back({"ring", 1000, workers, "ns"});
    all.push_back({"spawn", most, workers, "ns", 3});
    all.push_back({"cold", most, workers, "ns", 3});
  }
  all.push_back({"bytes", most, 1, "bytes", 3});
  for (std::size_t n = 1; n <= most; n *= n < 100 ? 100 : 10) {
    const int rounds = n < 1'000'000 ? 3 : 1;
    all.push_back({"pause", n, 2, "us", rounds});
    all.push_back({"install", n, 2, "us", rounds});
  }
  return all;
}

}  // namespace instar::bench
