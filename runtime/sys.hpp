// sys: what an operator or the release handler asks of a process. As OTP's sys.
//
// Called from outside of any process and not from a worker; each waits for at
// most `timeout`. Errors: timeout (the request stays queued and is executed
// later), noproc (with the exit reason), callback_failed, not_supported,
// bad_value.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/context.hpp"
#include "runtime/system_request.hpp"

#include <string>
#include <vector>

namespace instar {

class runtime;

namespace sys {

/// Only system messages are served until resume; idempotent. As sys:suspend/2.
result<> suspend(runtime& node, pid process,
                 duration timeout = default_call_timeout);
result<> resume(runtime& node, pid process,
                duration timeout = default_call_timeout);
/// The state as JSON, by its type table.
result<value> get_state(runtime& node, pid process,
                        duration timeout = default_call_timeout);
/// Replaces the state whole; fields that are not given have their initial
/// values.
result<value> replace_state(runtime& node, pid process, value state,
                            duration timeout = default_call_timeout);
result<value> get_status(runtime& node, pid process,
                         duration timeout = default_call_timeout);
/// Converts the state of a suspended process to the current version of its
/// module. Errors also: unknown_system_msg (not suspended), layout_mismatch,
/// code_change_failed (the state is unchanged).
result<> change_code(runtime& node, pid process, value extra,
                     duration timeout = default_call_timeout);
/// Ends the process the ordinary way.
result<> terminate(runtime& node, pid process, exit_reason reason,
                   duration timeout = default_call_timeout);
/// Not a sys message in OTP: {CallerPid, From, get_modules}.
result<std::vector<std::string>> get_modules(
    runtime& node, pid process, duration timeout = default_call_timeout);
/// A supervisor's children, in order of their start.
result<value> children(runtime& node, pid process,
                       duration timeout = default_call_timeout);

/// Sends a request without waiting; `done` is called on whatever thread serves
/// it.
void request(runtime& node, pid process,
             std::unique_ptr<system_request> request);

}  // namespace sys
}  // namespace instar
