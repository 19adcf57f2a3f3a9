// What a callback may ask of the runtime: messages, timers, links, names.
//
// Every function here acts for the process that the current thread runs, so it
// is called from callbacks only.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/errors.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/message.hpp"
#include "runtime/pid.hpp"
#include "runtime/process.hpp"
#include "runtime/start.hpp"
#include "runtime/task.hpp"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace instar {

class runtime;

/// OTP's default.
inline constexpr std::chrono::milliseconds default_call_timeout{5000};
/// A timeout that never comes.
inline constexpr duration infinity = duration::max();

/// Whom a message is for: a pid, or a registered name.
class target {
public:
  target(pid process) : process_(process) {}
  target(std::string_view name) : name_(name) {}
  target(const char* name) : name_(name) {}
  target(const std::string& name) : name_(name) {}

  /// Null where the name is not registered. As erlang:whereis/1.
  pid find() const;
  pid find(const runtime& node) const;
  std::string text() const;

private:
  pid process_;
  std::string_view name_;
};

pid self();
pid whereis(std::string_view name);
/// Sends to handle_cast. Never fails: a dead receiver discards it.
void send_message(const target& to, message_ptr m);

template <class Message>
void cast(const target& to, Message&& m) {
  send_message(to, make_message(std::forward<Message>(m), message_kind::cast));
}
/// Sends to handle_info. As Erlang's `!`.
template <class Message>
void send(const target& to, Message&& m) {
  send_message(to, make_message(std::forward<Message>(m), message_kind::info));
}

namespace detail {

/// A call on its way. `start` sends it; the outcome is the process's.
struct pending_call {
  target to;
  message_ptr m;
  duration timeout;
  wait_outcome outcome;

  /// False where the outcome is there at once.
  bool start(std::coroutine_handle<> resume);
  void finish();
};

void send_reply(const from& to, message_ptr m);
/// False where the reply does not carry over to that type.
bool carry_reply(const type_node& to, void* made, const message& answer);
void continue_with_message(message_ptr m);

template <class Message>
struct reply_of {
  using type = typename std::remove_cvref_t<Message>::reply;
};

/// What a call has led to.
template <class Reply>
result<Reply> reply_of_outcome(wait_outcome& outcome) {
  using kept = std::conditional_t<std::is_void_v<Reply>, std::monostate, Reply>;
  if (outcome.answer == nullptr) {
    return failure(static_cast<errc>(outcome.error), outcome.context);
  }
  if (outcome.answer->key != &key_of<kept>()) {
    // From another version: carried over by field name, or refused.
    if constexpr (std::is_default_constructible_v<kept>) {
      kept made{};
      if (carry_reply(type_of<kept>(), &made, *outcome.answer)) {
        if constexpr (std::is_void_v<Reply>) {
          return {};
        } else {
          return made;
        }
      }
    }
    return failure(errc::bad_message,
                   "the reply is a " + outcome.answer->key->name);
  }
  if constexpr (std::is_void_v<Reply>) {
    return {};
  } else {
    return std::move(*static_cast<Reply*>(outcome.answer->payload()));
  }
}

template <class Reply>
struct call_awaiter {
  pending_call call;
  bool is_waiting = false;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> resume) {
    is_waiting = call.start(resume);
    return is_waiting;
  }
  result<Reply> await_resume() {
    if (is_waiting)
      call.finish();
    return reply_of_outcome<Reply>(call.outcome);
  }
};

}  // namespace detail

/// Calls another process and waits without blocking a thread: `co_await
/// call(...)`. The reply's type is Message::reply, or the first template
/// argument. Errors: timeout, noproc (with the exit reason), bad_message.
///
/// g++ 12 destroys twice an aggregate that is made within a co_await expression
/// (`co_await call(to, get{"key"})`), so make the message before:
/// `const get m{"key"}; ... co_await call(to, m)`.
template <class Reply = std::monostate, class Message>
auto call(const target& to, Message&& m,
          duration timeout = default_call_timeout) {
  if constexpr (!std::is_same_v<Reply, std::monostate>) {
    return detail::call_awaiter<Reply>{
        {to,
         make_message(std::forward<Message>(m), message_kind::call),
         timeout,
         {}}};
  } else {
    return detail::call_awaiter<typename detail::reply_of<Message>::type>{
        {to,
         make_message(std::forward<Message>(m), message_kind::call),
         timeout,
         {}}};
  }
}

/// Answers a call now, from wherever the caller was kept. As
/// gen_server:reply/2.
template <class Reply>
void reply(const from& to, Reply&& answer) {
  detail::send_reply(
      to, make_message(std::forward<Reply>(answer), message_kind::reply));
}
inline void reply(const from& to) {
  reply(to, std::monostate{});
}

/// The process ends when this callback has returned. As {stop, Reason, ...}.
void stop(exit_reason reason = exit_reason::normal());
/// handle_continue with `m` comes before any other message.
template <class Message>
void continue_with(Message&& m) {
  detail::continue_with_message(
      make_message(std::forward<Message>(m), message_kind::cast));
}
/// handle_info with a timeout_message, unless another message comes first.
void set_timeout(duration after);
/// exit_message instead of death when a linked process ends.
void trap_exit(bool on);

struct timer_ref {
  std::int64_t due_ns = 0;
  std::uint64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(timer_ref, (), (due_ns, id))

timer_ref send_message_after(duration delay, pid to, message_ptr m);
/// As erlang:send_after/3: an info.
template <class Message>
timer_ref send_after(duration delay, pid to, Message&& m) {
  return send_message_after(
      delay, to, make_message(std::forward<Message>(m), message_kind::info));
}
/// False where it has fired already.
bool cancel_timer(const timer_ref& timer);

void link(pid other);
void unlink(pid other);
/// A down_message with this number comes when `other` ends.
std::uint64_t monitor(pid other);
void demonitor(std::uint64_t monitor);
/// Sends an exit signal. As erlang:exit/2.
void exit(pid other, exit_reason reason);

/// A value of the running application environment; null where there is none.
value get_env(std::string_view application, std::string_view key);

/// The folder of what an application brings besides its modules, of the version
/// that runs: until an upgrade is committed, the older one. Empty where the
/// application is not loaded. As code:priv_dir/1.
std::string priv_dir(std::string_view application);

enum class log_level { debug, info, warning, error };
/// A line in the node's log, with the process that writes it: `0.5.1 kv_shard_4
/// (kv_shard): TEXT`. As OTP's logger.
void log(log_level level, std::string_view text);

/// Milliseconds of the node's monotonic clock, and of its date.
std::chrono::milliseconds monotonic_time();
std::chrono::milliseconds system_time();

}  // namespace instar
