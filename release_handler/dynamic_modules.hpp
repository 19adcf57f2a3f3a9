// Processes whose child specification says `dynamic`: an upgrade asks them of which
// modules they are. As OTP's get_modules.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/pid.hpp"
#include "runtime/upgrade.hpp"

#include <map>
#include <string>
#include <vector>

namespace instar {
class runtime;
}

namespace instar::release_handler {

/// As OTP's: how long each may take to answer.
inline constexpr std::chrono::seconds get_modules_patience{5};

using modules_of_processes = std::map<pid, std::vector<std::string>>;

/// All at once; no gate may be closed. One that has ended is left out. Not from a
/// worker. Errors: get_modules_failed, naming who did not answer in time.
result<modules_of_processes> ask_modules(runtime& node,
                                         const std::vector<pid>& whom,
                                         duration patience);

/// Asks every dynamic process of the node. Those that answer with a suspended module
/// of the batch and would not wait for it otherwise are added to it: the module that
/// they were started with is suspended as well. Not from a worker. Errors:
/// get_modules_failed.
result<> add_dynamic_processes(runtime& node, std::vector<module_upgrade>& to,
                               duration patience = get_modules_patience);

}  // namespace instar::release_handler
