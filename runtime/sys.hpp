// sys: what an operator or the release handler asks of a process. As OTP's sys.
//
// Called from outside of any process and not from a worker; each waits for at
// most `timeout`. A suspended process answers them all; one whose handler waits,
// when the handler is done. Errors: timeout (the request stays queued and is
// executed later), noproc (with the exit reason), callback_failed (naming the hook
// that threw, as `gen_server:system_get_state`), not_supported, bad_value.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/context.hpp"
#include "runtime/sys_debug.hpp"
#include "runtime/system_request.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace instar {

class runtime;

namespace sys {

namespace detail {
result<value> replace_state(runtime& node, const target& process,
                            std::function<value(const value&)> change,
                            duration timeout);
}  // namespace detail

/// Only system messages are served until resume; idempotent. As sys:suspend/2.
result<> suspend(runtime& node, const target& process,
                 duration timeout = default_call_timeout);
result<> resume(runtime& node, const target& process,
                duration timeout = default_call_timeout);
/// The state as JSON, by its type table.
result<value> get_state(runtime& node, const target& process,
                        duration timeout = default_call_timeout);
/// Replaces the state whole; fields that are not given have their initial
/// values.
result<value> replace_state(runtime& node, const target& process, value state,
                            duration timeout = default_call_timeout);
/// Replaces it by what `change` makes of it, as sys:replace_state/2. What it throws
/// is callback_failed, and the old state is kept.
template <class Change>
  requires std::is_invocable_r_v<value, Change&, const value&> result<value>
  replace_state(runtime& node, const target& process, Change change,
                duration timeout = default_call_timeout) {
    return detail::replace_state(node, process, std::move(change), timeout);
  }
/// What a process is and does, what is switched on for it, and its state, or what
/// its module's format_status makes of it.
result<value> get_status(runtime& node, const target& process,
                         duration timeout = default_call_timeout);
/// The same without the state and what is switched on: cheap, however large the
/// state is.
result<value> summary(runtime& node, const target& process,
                      duration timeout = default_call_timeout);
/// The summaries of many, in the order of `processes`. They are asked at once, so
/// that one which does not answer within `timeout` (errc::timeout) holds up only
/// those after the next `summaries_at_once`.
std::vector<result<value>> summaries(runtime& node,
                                     std::span<const pid> processes,
                                     duration timeout = default_call_timeout);
inline constexpr std::size_t summaries_at_once = 16'384;
/// Converts the state of a suspended process to the current version of its
/// module. Of an event manager the handlers of `module` and no others, all or none;
/// empty: those of every module. Errors also: unknown_system_msg (not suspended),
/// layout_mismatch, code_change_failed (the state is unchanged).
result<> change_code(runtime& node, const target& process, value extra,
                     duration timeout = default_call_timeout,
                     const std::string& module = {});
/// Ends the process the ordinary way.
result<> terminate(runtime& node, const target& process, exit_reason reason,
                   duration timeout = default_call_timeout);
/// Not a sys message in OTP: {CallerPid, From, get_modules}.
result<std::vector<std::string>> get_modules(
    runtime& node, const target& process,
    duration timeout = default_call_timeout);
/// A supervisor's children, in order of their start, `limit` of them at most.
result<value> children(
    runtime& node, const target& process,
    duration timeout = default_call_timeout,
    std::size_t limit = std::numeric_limits<std::size_t>::max());

// ---- debugging: sys_debug.hpp

/// Counts the messages in and the replies out. Once more begins nothing anew.
result<> statistics(runtime& node, const target& process, bool on,
                    duration timeout = default_call_timeout);
/// {start_time, current_time, messages_in, messages_out}, or "no_statistics".
result<value> statistics(runtime& node, const target& process,
                         duration timeout = default_call_timeout);
/// Writes each event to the node's log.
result<> trace(runtime& node, const target& process, bool on,
               duration timeout = default_call_timeout);
/// Keeps the last `length` events. A log that is on keeps its length.
result<> log(runtime& node, const target& process,
             std::size_t length = sys_debug::default_log_length,
             duration timeout = default_call_timeout);
result<> stop_log(runtime& node, const target& process,
                  duration timeout = default_call_timeout);
/// The events in the log, oldest first; as sys:log(Name, get).
result<value> log_events(runtime& node, const target& process,
                         duration timeout = default_call_timeout);
/// Writes them to the node's log. As sys:log(Name, print).
result<> print_log(runtime& node, const target& process,
                   duration timeout = default_call_timeout);
/// Appends each event to a file of the node, as a line; it closes the one before.
/// An empty path: no file. Errors: also open_file.
result<> log_to_file(runtime& node, const target& process, const path& file,
                     duration timeout = default_call_timeout);

/// An exported function `result<value>(const value& args)` of a module, called for
/// each event with [STATE, EVENT, STATE OF THE PROCESS]: the event as to_value
/// writes it. It answers its next state, or "done", which removes it. It is called
/// by name each time, so in the module's current version; one that fails is
/// removed, and nothing is said.
struct debug_function {
  std::string module;
  std::string function;
  /// Its state for its first event.
  value state{};
  /// What it is known by; empty: by its name.
  std::string id{};
};
/// Does nothing where it is installed already. Errors: also no_such_module, undef.
result<> install(runtime& node, const target& process,
                 const debug_function& function,
                 duration timeout = default_call_timeout);
/// By its id, else by its name. Does nothing where it is not installed.
result<> remove(runtime& node, const target& process,
                const debug_function& function,
                duration timeout = default_call_timeout);
/// Ends all of these.
result<> no_debug(runtime& node, const target& process,
                  duration timeout = default_call_timeout);
/// One of sys_debug's commands. Errors: also unknown_debug.
result<value> debug(runtime& node, const target& process, value command,
                    duration timeout = default_call_timeout);

/// Hands each event to `sink` until unfollow, no_debug or the process's end, when
/// the sink is destroyed. Answers its number.
result<std::uint64_t> follow(runtime& node, const target& process,
                             event_sink_function sink,
                             duration timeout = default_call_timeout);
result<> unfollow(runtime& node, const target& process, std::uint64_t number,
                  duration timeout = default_call_timeout);

/// The process that a text names: a registered name, a pid, or as OTP's {global, N}
/// and {via, M, N} `global:N` and `via:M:N`. Names of one node are the node's alone,
/// so `global:N` is N; `via` asks the exported function whereis_name of module M,
/// `result<value>(const value& name)`, which answers the pid as text, or null.
/// Errors: noproc, and those of apply for `via`.
result<pid> find_process(runtime& node, std::string_view text,
                         duration timeout = default_call_timeout);

/// Sends a request without waiting; `done` is called on whatever thread serves
/// it.
void request(runtime& node, pid process,
             std::unique_ptr<system_request> request);

}  // namespace sys
}  // namespace instar
