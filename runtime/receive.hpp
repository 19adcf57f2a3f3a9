// Messages taken out of the mailbox by a coroutine: the loop of a special process,
// or a handler that waits for one message.
//
//   const auto m = co_await instar::receive<add, get, instar::system_message>();
//   if (m.get_if<instar::system_message>())
//     co_return instar::sys::handle_system_msg();
//   if (const auto* a = m.get_if<add>()) ...
//
// The first message of one of the types is taken, whether call, cast or info; the
// others stay, in their order. As Erlang's receive. Which types are asked for is
// selective enough where they differ; receive_if asks about their values too.
//
// A message of another version is adapted to the type of this one by the names of
// its fields, as for a gen_server; where it does not fit it stays.
#pragma once

#include "runtime/context.hpp"
#include "runtime/receive_wait.hpp"
#include "runtime/type_key.hpp"

#include <coroutine>
#include <type_traits>
#include <utility>
#include <variant>

namespace instar {

/// Among the types of a receive: it also ends where sys or an upgrade wants
/// something, and the loop is to `co_return sys::handle_system_msg()`. A receive
/// without it keeps them waiting: an upgrade of the module waits, then is refused.
/// Only for the loop of a special process; a handler's ignores it.
struct system_message {};

/// What a receive ended with.
template <class... T>
class received {
public:
  /// Null where it is something else.
  template <class M>
  const M* get_if() const {
    return std::get_if<M>(&value_);
  }
  template <class M>
  M* get_if() {
    return std::get_if<M>(&value_);
  }
  /// As Erlang's `after`.
  bool is_timeout() const {
    return std::holds_alternative<std::monostate>(value_);
  }
  /// Of a call: whom to reply to; its tag is 0 for the others.
  const from& caller() const { return caller_; }
  /// Who sent it; null for what comes from outside of any process.
  pid sender() const { return sender_; }

private:
  template <class Condition, class... M>
  friend class receive_awaiter;

  std::variant<std::monostate, T...> value_;
  from caller_;
  pid sender_;
};

namespace detail {

void begin_receive(receive_wait& wait, duration timeout,
                   std::coroutine_handle<> resume);
/// The same message as `to` declares it, of the module that asks; null where its
/// fields do not carry over, or it has another name.
message_ptr adapt_message(const message& m, const type_node& to,
                          instance* owner);

struct any_value {
  template <class M>
  bool operator()(const M&) const {
    return true;
  }
};

}  // namespace detail

template <class Condition, class... T>
class [[nodiscard]] receive_awaiter : receive_wait {
public:
  explicit receive_awaiter(duration timeout, Condition condition = {})
      : timeout_(timeout), condition_(std::move(condition)) {
    match = &match_one;
    takes_system = (std::is_same_v<T, system_message> || ...);
  }
  receive_awaiter(const receive_awaiter&) = delete;
  receive_awaiter& operator=(const receive_awaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> resume) {
    detail::begin_receive(*this, timeout_, resume);
  }
  received<T...> await_resume() {
    received<T...> made;
    if (is_system) {
      if constexpr ((std::is_same_v<T, system_message> || ...))
        made.value_.template emplace<system_message>();
    } else if (taken != nullptr) {
      made.sender_ = taken->sender;
      if (taken->kind == message_kind::call)
        made.caller_ = {taken->sender, taken->tag, self()};
      std::ptrdiff_t place = 0;
      (emplace<T>(made, place++), ...);
    }
    return made;
  }

private:
  template <class M>
  void emplace(received<T...>& to, std::ptrdiff_t place) {
    if constexpr (!std::is_same_v<M, system_message>) {
      if (place == which)
        to.value_.template emplace<M>(
            std::move(*static_cast<M*>(taken->payload())));
    }
  }

  template <class M>
  bool wants(const message& m, message_ptr& adapted) {
    if constexpr (std::is_same_v<M, system_message>) {
      return false;
    } else if constexpr (!std::is_invocable_r_v<bool, Condition, const M&>) {
      static_assert(std::is_same_v<M, void>,
                    "the condition of receive_if takes every type that is "
                    "asked for");
    } else {
      const auto* fitting = &m;
      if (m.key != &key_of<M>()) {
        adapted = detail::adapt_message(m, type_of<M>(), detail::this_instance);
        fitting = adapted.get();
      }
      if (fitting != nullptr &&
          condition_(*static_cast<const M*>(fitting->payload())))
        return true;
      adapted.reset();
      return false;
    }
  }

  static std::ptrdiff_t match_one(receive_wait& self, const message& m,
                                  message_ptr& adapted) {
    auto& mine = static_cast<receive_awaiter&>(self);
    std::ptrdiff_t place = 0;
    std::ptrdiff_t found = nothing;
    ((found == nothing && mine.template wants<T>(m, adapted) ? found = place
                                                             : 0,
      ++place),
     ...);
    return found;
  }

  duration timeout_;
  Condition condition_;
};

/// Waits for a message of one of these types: described ones, down_message,
/// exit_message, or system_message; without a timeout for as long as it takes. A
/// timeout of zero takes what is there. Within a loop or a handler that is a task.
template <class... T>
auto receive(duration timeout = infinity) {
  return receive_awaiter<detail::any_value, T...>(timeout);
}
/// Those that `condition(message)` accepts, which is quick and does not throw. It
/// is asked about each message of the types once for each receive. It is made
/// before the co_await: g++ 12 destroys twice what is made within.
template <class... T, class Condition>
auto receive_if(const Condition& condition, duration timeout = infinity) {
  return receive_awaiter<Condition, T...>(timeout, condition);
}
template <class... T, class Condition>
auto receive_if(const Condition&& condition,
                duration timeout = infinity) = delete;

}  // namespace instar
