// What a gen_statem's callback asks the loop to do after it: OTP's actions, in
// their order.
#pragma once

#include "base/clock.hpp"
#include "runtime/context.hpp"
#include "runtime/message.hpp"
#include "runtime/start.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace instar {

/// How an event came. As OTP's event types; a timeout is an event timeout,
/// generic_timeout one with a name.
enum class event_type : std::uint8_t {
  call,
  cast,
  info,
  timeout,
  state_timeout,
  generic_timeout,
  internal,
};

struct statem_action {
  enum class kind : std::uint8_t {
    postpone,
    next_event,  // type, content
    reply,       // to, content
    set_timer,   // type, name, after (infinity: cancelled), content
    update_timer,
    change_module,  // name
    push_module,    // name
    pop_module,
  };
  kind what = kind::postpone;
  event_type type = event_type::internal;
  std::string name = {};
  duration after{};
  message_ptr content = {};
  from to = {};
};

namespace detail {

/// The actions that a step and an enter call have in common; each may follow
/// another: `keep_state().reply(who, 1).state_timeout(5s, give_up{})`.
template <class Self>
class action_chain {
public:
  /// An event that comes before all others; of several the first comes first.
  template <class Message>
  Self&& next_event(Message&& m, event_type type = event_type::internal) && {
    statem_action made{statem_action::kind::next_event, type};
    made.content = content_of(std::forward<Message>(m));
    return add(std::move(made));
  }
  /// Answers a call.
  template <class Reply>
  Self&& reply(const from& to, Reply&& answer) && {
    statem_action made{statem_action::kind::reply};
    made.to = to;
    made.content =
        make_message(std::forward<Reply>(answer), message_kind::reply);
    return add(std::move(made));
  }
  Self&& reply(const from& to) && {
    return static_cast<action_chain&&>(*this).reply(to, std::monostate{});
  }
  /// Until the state changes. Zero: before anything that has not arrived yet.
  template <class Message = timeout_message>
  Self&& state_timeout(duration after, Message&& m = {}) && {
    return timer(event_type::state_timeout, {}, after,
                 std::forward<Message>(m));
  }
  /// Until the next event, whatever it is.
  template <class Message = timeout_message>
  Self&& event_timeout(duration after, Message&& m = {}) && {
    return timer(event_type::timeout, {}, after, std::forward<Message>(m));
  }
  /// Until it is set anew or cancelled by its name.
  template <class Message = timeout_message>
  Self&& timeout(std::string name, duration after, Message&& m = {}) && {
    return timer(event_type::generic_timeout, std::move(name), after,
                 std::forward<Message>(m));
  }
  Self&& cancel_state_timeout() && {
    return timer(event_type::state_timeout, {}, infinity, timeout_message{});
  }
  Self&& cancel_timeout(std::string name) && {
    return timer(event_type::generic_timeout, std::move(name), infinity,
                 timeout_message{});
  }
  /// Another message when it comes; the time stays. Nothing is running: it comes
  /// at once.
  template <class Message>
  Self&& update_state_timeout(Message&& m) && {
    return update(event_type::state_timeout, {}, std::forward<Message>(m));
  }
  template <class Message>
  Self&& update_timeout(std::string name, Message&& m) && {
    return update(event_type::generic_timeout, std::move(name),
                  std::forward<Message>(m));
  }
  /// Events go to another module from now on: its state must be of the same
  /// layout, or carry over by field name.
  Self&& change_callback_module(std::string module) && {
    return named(statem_action::kind::change_module, std::move(module));
  }
  /// The same, with a way back.
  Self&& push_callback_module(std::string module) && {
    return named(statem_action::kind::push_module, std::move(module));
  }
  Self&& pop_callback_module() && {
    return named(statem_action::kind::pop_module, {});
  }
  /// For the words' sake: an idle process keeps nothing that it could give back.
  Self&& hibernate() && { return static_cast<Self&&>(*this); }

  std::vector<statem_action> taken() && { return std::move(actions_); }

protected:
  Self&& add(statem_action made) {
    actions_.push_back(std::move(made));
    return static_cast<Self&&>(*this);
  }
  std::vector<statem_action> actions_;

private:
  template <class Message>
  static message_ptr content_of(Message&& m) {
    return make_message(std::forward<Message>(m), message_kind::continuation);
  }
  template <class Message>
  Self&& timer(event_type type, std::string name, duration after, Message&& m) {
    statem_action made{statem_action::kind::set_timer, type, std::move(name),
                       after};
    made.content = content_of(std::forward<Message>(m));
    return add(std::move(made));
  }
  template <class Message>
  Self&& update(event_type type, std::string name, Message&& m) {
    statem_action made{statem_action::kind::update_timer, type,
                       std::move(name)};
    made.content = content_of(std::forward<Message>(m));
    return add(std::move(made));
  }
  Self&& named(statem_action::kind what, std::string module) {
    statem_action made{what};
    made.name = std::move(module);
    return add(std::move(made));
  }
};

struct same_state {};

}  // namespace detail
}  // namespace instar
