#include "release_handler/health_command.hpp"

#include "release_handler/errors.hpp"
#include "runtime/scheduler.hpp"

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/environment.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/handles.hpp>
#include <boost/process/io.hpp>
#include <boost/process/search_path.hpp>
#include <boost/process/start_dir.hpp>

#include <fmt/format.h>

namespace instar::release_handler {
namespace {

namespace bp = boost::process;

/// Between two looks whether it has ended.
constexpr std::chrono::milliseconds look_interval{10};

}  // namespace

result<> run_health_command(scheduler& sched,
                            const std::vector<std::string>& arguments,
                            const path& folder, duration patience) {
  const auto& name = arguments.front();
  const auto program = name.find('/') == std::string::npos
                           ? bp::search_path(name)
                           : boost::filesystem::absolute(path(name), folder);
  if (program.empty())
    return failure(errc::probation_failed, "there is no program " + name);
  auto environment = boost::this_process::environment();
  bp::environment given = environment;
  given["INSTAR_NODE"] = (folder / "run" / "control.sock").string();
  std::error_code error;
  bp::child running(bp::exe = program.string(),
                    bp::args = std::vector<std::string>(arguments.begin() + 1,
                                                        arguments.end()),
                    bp::start_dir = folder.string(), bp::env = given,
                    bp::std_in<bp::null, bp::std_out> bp::null,
                    bp::std_err > bp::null, bp::limit_handles, error);
  if (error) {
    return failure(errc::probation_failed,
                   fmt::format("{}: {}", program.string(), error.message()));
  }
  const auto deadline = sched.now() + patience;
  while (running.running(error)) {
    if (sched.now() >= deadline) {
      running.terminate(error);
      return failure(
          errc::probation_failed,
          fmt::format("{} did not end within {} s", name,
                      std::chrono::duration_cast<std::chrono::seconds>(patience)
                          .count()));
    }
    sched.wait([] { return false; }, sched.now() + look_interval);
  }
  if (running.exit_code() != 0) {
    return failure(errc::probation_failed,
                   fmt::format("{} ended with {}", name, running.exit_code()));
  }
  return {};
}

}  // namespace instar::release_handler
