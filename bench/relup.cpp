#include "bench/relup.hpp"

#include "appup/relup_maker.hpp"
#include "base/file_system.hpp"

#include <boost/filesystem/fstream.hpp>
#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace instar::bench {
namespace {

constexpr std::size_t modules_each = 50;
constexpr int our_runs = 9;
constexpr int peer_runs = 3;

// Removed at the end.
class temporary_folder {
public:
  temporary_folder()
      : at_(boost::filesystem::temp_directory_path() /
            fmt::format("instar-bench-relup-{}", ::getpid())) {
    boost::filesystem::create_directories(at_);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    boost::system::error_code ignored;
    boost::filesystem::remove_all(at_, ignored);
  }
  const path& at() const { return at_; }

private:
  path at_;
};

void write(const path& file, const std::string& text) {
  boost::filesystem::create_directories(file.parent_path());
  boost::filesystem::ofstream to(file);
  to << text;
  to.close();
  if (!to)
    throw std::runtime_error("cannot write " + file.string());
}

// The same names as in otp/make_relup.escript.
void write_application(const path& lib, std::size_t number,
                       const std::string& vsn) {
  const auto name = fmt::format("app{}", number);
  std::string modules;
  std::string script;
  for (std::size_t i = 1; i <= modules_each; ++i) {
    modules += fmt::format("  - {}_m{}\n", name, i);
    script += fmt::format(
        "      - update: {{module: {}_m{}, change: {{advanced: []}}}}\n", name,
        i);
  }
  const auto folder = lib / (name + "-" + vsn);
  write(folder / "app.yaml",
        fmt::format("application: {}\nvsn: \"{}\"\nmodules:\n{}", name, vsn,
                    modules));
  if (vsn == "1.0")
    return;
  write(folder / "appup.yaml",
        fmt::format("vsn: \"2.0\"\n"
                    "up:\n  - from: \"1.0\"\n    instructions:\n{0}"
                    "down:\n  - to: \"1.0\"\n    instructions:\n{0}",
                    script));
}

void write_release(const path& file, const std::string& vsn, std::size_t n) {
  auto text = fmt::format("release: bench\nvsn: \"{}\"\napplications:\n", vsn);
  for (std::size_t i = 1; i <= n; ++i)
    text += fmt::format("  - app{}: \"{}\"\n", i, vsn);
  write(file, text);
}

double ours(const path& folder, std::size_t n) {
  for (const auto* vsn : {"1.0", "2.0"}) {
    for (std::size_t i = 1; i <= n; ++i)
      write_application(folder / "lib", i, vsn);
    write_release(folder / fmt::format("{}.yaml", vsn), vsn, n);
  }
  real_file_system files;
  appup::make_relup_request request;
  request.files = &files;
  request.release = folder / "2.0.yaml";
  request.up_from = {folder / "1.0.yaml"};
  request.lib_folders = {folder / "lib"};
  std::vector<double> runs;
  for (int i = 0; i < our_runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto made = appup::make_relup(request);
    runs.push_back(std::chrono::duration<double, std::milli>(
                       std::chrono::steady_clock::now() - begin)
                       .count());
    if (!made.ok())
      throw std::runtime_error(appup::to_text(made.errors));
    // For each application load_object_code, the point of no return, and for each
    // module suspend, load, code_change, resume.
    if (made.relup->up.at(0).script.size() != n + 1 + 4 * modules_each * n)
      throw std::runtime_error("not the relup that was to be measured");
  }
  return median(runs);
}

// A figure on each line.
std::vector<double> run_peer(const std::string& command) {
  struct closer {
    void operator()(std::FILE* pipe) const { ::pclose(pipe); }
  };
  const std::unique_ptr<std::FILE, closer> pipe(::popen(command.c_str(), "r"));
  if (!pipe)
    throw std::runtime_error("cannot run " + command);
  std::vector<double> figures;
  double one = 0;
  while (std::fscanf(pipe.get(), "%lf", &one) == 1)
    figures.push_back(one);
  return figures;
}

std::optional<double> otp(const path& folder, std::size_t n) {
  if (std::system("command -v escript >/dev/null 2>&1") != 0)
    return std::nullopt;
  const auto figures = run_peer(fmt::format(
      "escript '{}' '{}' {} {} {}", INSTAR_BENCH_OTP "/make_relup.escript",
      folder.string(), n, modules_each, peer_runs));
  if (figures.size() != peer_runs)
    throw std::runtime_error("otp/make_relup.escript did not end well");
  return median(figures);
}

}  // namespace

figure measure_relup(std::size_t n) {
  const temporary_folder folder;
  figure one{"relup", n, ours(folder.at() / "ours", n), "ms", {}, {}};
  one.peer = otp(folder.at() / "otp", n);
  if (one.peer)
    one.peer_name = "otp";
  return one;
}

}  // namespace instar::bench
