// A release's health check that is a program.
#pragma once

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace instar {
class scheduler;
}

namespace instar::release_handler {

/// Runs a program in `folder`, without input and output, with INSTAR_NODE set to
/// the node's control socket. It must end with 0 in time, else it is killed. The
/// first argument is the program: a path, or a name to be found in PATH. Not from a
/// worker. Errors: probation_failed.
result<> run_health_command(scheduler& sched,
                            const std::vector<std::string>& arguments,
                            const path& folder, duration patience);

}  // namespace instar::release_handler
