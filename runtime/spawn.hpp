// Processes that a callback starts itself. Most belong under a supervisor; these are
// for helpers that live as long as one piece of work.
//
// All act for the process that the current thread runs. What is started is named by
// its module, which may be of any behaviour that processes have.
#pragma once

#include "base/result.hpp"
#include "runtime/child_spec.hpp"
#include "runtime/context.hpp"

#include <coroutine>
#include <cstdint>

namespace instar {

/// Does not wait for its init: where that fails the process has ended with its
/// error. As erlang:spawn/3. Errors: no_such_module, already_started (the name is
/// taken), badarg (a module without processes).
result<pid> spawn(start_spec what);
/// The same, linked: each ends with the other. The caller is its parent.
result<pid> spawn_link(start_spec what);

struct monitored {
  pid process;
  /// Of the down_message that comes when it ends.
  std::uint64_t monitor = 0;
};
/// As erlang:spawn_monitor/3.
result<monitored> spawn_monitor(start_spec what);

namespace detail {

struct start_awaiter {
  start_spec what;
  duration timeout;
  result<pid> made = pid{};
  bool is_waiting = false;

  start_awaiter(start_spec of, duration within)
      : what(std::move(of)), timeout(within) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> resume);
  result<pid> await_resume();
};

}  // namespace detail

/// Starts a linked process and waits for its init: `co_await start_link(...)`. As
/// gen_server:start_link/3. Errors: as spawn, init_failed, timeout (it is killed).
inline auto start_link(start_spec what,
                       duration timeout = default_call_timeout) {
  return detail::start_awaiter(std::move(what), timeout);
}

}  // namespace instar
