// Starting and ending the children of a supervisor: coroutines of its process.
#pragma once

#include "runtime/exit_reason.hpp"
#include "runtime/pid.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/supervisor_state.hpp"
#include "runtime/task.hpp"

#include <string>

namespace instar {

class instance;
class process;

supervisor_state& state_of(process& self);

/// Asks a callback module for its specification; module code. Errors: init_failed,
/// bad_child_spec.
result<supervisor_state> ask_init(const instance& owner, const value& args);

/// Starts one process by its specification and waits for its init.
task<child_reply> start_process(process& self, const child_spec& spec,
                                value args);
/// Ends one process as its specification says (shutdown, then kill) and waits.
task<> end_process(process& self, pid child, std::int64_t shutdown_ms);

/// Starts those static children from `from` on that do not run, in order; stops
/// at the first failure, whose text it returns (empty: none).
task<std::string> start_children(process& self, std::size_t from);
/// Ends the running children from the last back to `from`, and the dynamic
/// ones. Temporary children are forgotten, as in OTP.
task<> end_children(process& self, std::size_t from);

/// A child has ended by itself. Ends the supervisor where there were too many
/// restarts.
task<> on_child_exit(process& self, pid child, exit_reason why);

}  // namespace instar
