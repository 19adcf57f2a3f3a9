// `./dev bench [relup | calls | children [N...] | compare [MOST] | PROCESSES...]`:
// measures, prints a table, and writes build/bench.json: a list of {name, n, ours,
// unit}, and where somebody else's figure was measured beside ours {peer, peer_name,
// ratio}; ratio is peer / ours. `one NAME N WORKERS` prints one figure, as the
// programs of the others.
#include <boost/filesystem/operations.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "bench/compare.hpp"
#include "bench/measure.hpp"
#include "bench/pause.hpp"
#include "bench/relup.hpp"
#include "bench/steady.hpp"
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace {

using instar::bench::figure;

void print(const figure& one) {
  fmt::print("{:<34} {:>9} {:>14.1f} {:<5}", one.name, one.n, one.value,
             one.unit);
  if (one.peer) {
    fmt::print(" {:>6} {:>12.1f} {:>8.1f}", one.peer_name, *one.peer,
               *one.peer / one.value);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

boost::json::object to_json(const figure& one) {
  boost::json::object row{{"name", one.name},
                          {"n", one.n},
                          {"ours", one.value},
                          {"unit", one.unit}};
  if (one.peer) {
    row["peer"] = *one.peer;
    row["peer_name"] = one.peer_name;
    row["ratio"] = *one.peer / one.value;
  }
  return row;
}

int measure_one(char** arguments) {
  const std::string name = arguments[2];
  const auto n = std::strtoull(arguments[3], nullptr, 10);
  const auto workers = std::strtoull(arguments[4], nullptr, 10);
  double figure = 0;
  if (name == "pause") {
    figure = instar::bench::measure_pause(n, workers).longest_us;
  } else if (name == "install") {
    figure = instar::bench::measure_pause(n, workers).install_us;
  } else {
    figure = instar::bench::measure_steady(name, n, workers);
  }
  fmt::print("{:.3f}\n", figure);
  return 0;
}

struct choice {
  std::string only;  // empty: everything
  std::vector<std::size_t> sizes;
};

/// Null where that is no way to call it.
std::optional<choice> choose(int count, char** arguments) {
  choice made;
  int at = 1;
  if (count > 1) {
    const std::string first = arguments[1];
    for (const auto* one : {"relup", "calls", "children", "compare"}) {
      if (first == one) {
        made.only = first;
        at = 2;
      }
    }
    if (count > 2 && (first == "relup" || first == "calls"))
      return std::nullopt;
  }
  for (; at < count; ++at) {
    const auto n = std::strtoull(arguments[at], nullptr, 10);
    if (n == 0)
      return std::nullopt;
    made.sizes.push_back(n);
  }
  if (made.sizes.empty())
    made.sizes = {1, 100, 10'000, 100'000, 1'000'000};
  return made;
}

boost::json::array measure(const choice& chosen, const char* program) {
  namespace bench = instar::bench;
  boost::json::array rows;
  const auto note = [&](const std::vector<figure>& figures) {
    for (const auto& one : figures) {
      print(one);
      rows.push_back(to_json(one));
    }
  };
  const auto wants = [&](const char* what) {
    return chosen.only.empty() || chosen.only == what;
  };
  if (wants("compare")) {
    const auto contenders = bench::find_contenders(
        boost::filesystem::canonical(program).string(),
        boost::filesystem::absolute("build/bench-peers"));
    for (const auto& one : bench::all_comparisons(chosen.sizes.back()))
      note(bench::compare(one, contenders));
  }
  if (wants("relup")) {
    for (const std::size_t applications : {100, 200})
      note({bench::measure_relup(applications)});
  }
  if (wants("calls")) {
    note(bench::measure_calls());
    note(bench::measure_debugging());
  }
  for (const auto n : chosen.sizes) {
    if (chosen.only.empty())
      note(bench::measure_upgrade(n));
    if (chosen.only == "children" || (chosen.only.empty() && n >= 10'000))
      note(bench::measure_children(n));
  }
  return rows;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count == 5 && std::string(arguments[1]) == "one")
      return measure_one(arguments);
    const auto chosen = choose(count, arguments);
    if (!chosen) {
      fmt::print(stderr,
                 "usage: instar-bench [relup | calls | children [N...] | "
                 "compare [MOST] | PROCESSES...]\n");
      return 2;
    }
    fmt::print("{:<34} {:>9} {:>14} {:<5} {:>6} {:>12} {:>8}\n", "what", "n",
               "median", "", "peer", "its", "ratio");
    const auto rows = measure(*chosen, arguments[0]);
    std::ofstream("build/bench.json") << boost::json::serialize(rows) << "\n";
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "instar-bench: {}\n", error.what());
    return 1;
  }
}
