// gen_statem: a state machine. As OTP's gen_statem.
//
//   inline namespace INSTAR_VSN {
//   enum class door_state { locked, open };
//   BOOST_DESCRIBE_ENUM(door_state, locked, open)
//   struct door { door_state at = door_state::locked; int wrong = 0; };
//   BOOST_DESCRIBE_STRUCT(door, (), (at, wrong))
//   }
//   struct door_lock : instar::gen_statem<door, &door::at> {
//     using messages = instar::messages<push, code>;
//     static door init(const instar::value& args);
//     using step = instar::step<door_state>;
//     static step handle_event(instar::in<door_state::locked>, door&,
//                              const code&, const instar::event_info&);
//     static step handle_event(door&, const push&, const instar::event_info&);
//   };
//   INSTAR_MODULE(door_lock)
//
// The state is a struct, as a gen_server's; one field of it, of an enumeration or
// any type with ==, is what OTP calls the State, the others are its Data. That
// field is changed by next_state() only.
//
// A handler with `in<S>` is for events in the state S (OTP's callback mode
// state_functions), one without for all states that have none of their own
// (handle_event_function); the last argument may be left out. It returns a step, or
// nothing to keep the state, or a task<> of that. `enter(in<S>, State&, old)`, or
// without in<S>, is called when a state is entered, first at the start, and returns
// nothing or `actions`. An event for which there is no handler ends the process.
#pragma once

#include "runtime/gen_server.hpp"
#include "runtime/statem_actions.hpp"

#include <optional>
#include <utility>

namespace instar {

template <class State, auto At>
struct gen_statem {
  using state_type = State;
  static constexpr auto state_field = At;
};

/// In the state S.
template <auto S>
struct in {};

/// What is known of the event that is handled.
struct event_info {
  event_type type = event_type::info;
  /// Of a call: whom to reply to.
  from caller;
  /// Of a generic timeout.
  std::string name;
};

/// What an enter call may ask for.
class actions : public detail::action_chain<actions> {};

/// What an event leads to; made by next_state, keep_state and repeat_state.
template <class S>
class [[nodiscard]] step : public detail::action_chain<step<S>> {
public:
  step(step<detail::same_state>&& kept);
  explicit step(std::optional<S> next, bool repeats = false)
      : to(std::move(next)), is_repeated(repeats) {}

  std::optional<S> to;
  bool is_repeated = false;
};

template <>
class [[nodiscard]] step<detail::same_state>
    : public detail::action_chain<step<detail::same_state>> {
public:
  /// The event comes again when the state has changed.
  step&& postpone() && {
    return add(statem_action{statem_action::kind::postpone});
  }
  bool is_repeated = false;
};

template <class S>
step<S>::step(step<detail::same_state>&& kept) : is_repeated(kept.is_repeated) {
  this->actions_ = std::move(kept).taken();
}

/// As {next_state, S, Data, Actions}. Where it is another one, postponed events
/// come again, a state timeout ends, and the new state is entered.
template <class S>
step<S> next_state(S to) {
  return step<S>(std::optional<S>(std::move(to)));
}
/// As keep_state_and_data.
inline step<detail::same_state> keep_state() {
  return {};
}
/// As keep_state(), but the state is entered once more.
inline step<detail::same_state> repeat_state() {
  step<detail::same_state> made;
  made.is_repeated = true;
  return made;
}
/// The event comes again, before all later ones, when the state has changed.
inline step<detail::same_state> postpone() {
  return keep_state().postpone();
}

/// What init may return: a state, and what is to be done first.
template <class State>
class [[nodiscard]] initial : public detail::action_chain<initial<State>> {
public:
  explicit initial(State made) : state(std::move(made)) {}
  State state;
};

}  // namespace instar

#include "runtime/gen_statem_handlers.hpp"
