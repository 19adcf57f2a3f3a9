// An event manager, the process of OTP's gen_event: it has handlers, each a
// callback module with its own state (gen_event.hpp), and gives each event to all
// of them, the newest first.
//
//   child_spec bus{"bus", {instar::event_manager, {}, "bus"}};
//   bus.dynamic = true;    // asked for its modules: its handlers' change
//   ...
//   co_await instar::event::add_handler("bus", {"audit", "disk"}, args);
//   instar::event::notify("bus", login{"ada"});
//
// It starts without handlers. One that crashes is removed and reported; the others
// and the manager live on. A handler is named by its module and, where a module has
// several in one manager, an id; no two have one name.
//
// What is awaited here is called from callbacks; from outside of any process:
// event_calls.hpp.
#pragma once

#include "base/value.hpp"
#include "runtime/context.hpp"
#include "runtime/event_handler.hpp"
#include "runtime/exit_reason.hpp"

#include <boost/describe/class.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace instar {

/// The module of a start_spec that starts an event manager. The runtime's own: no
/// release brings it, and no module may be called so.
inline constexpr const char* event_manager = "gen_event";

// ---- the requests, as messages

struct add_event_handler {
  event_handler handler;
  value args{};
  bool is_supervised = false;
  using reply = void;
};
BOOST_DESCRIBE_STRUCT(add_event_handler, (), (handler, args, is_supervised))

struct delete_event_handler {
  event_handler handler;
  value args{};
  using reply = value;
};
BOOST_DESCRIBE_STRUCT(delete_event_handler, (), (handler, args))

struct swap_event_handler {
  event_handler from;
  value from_args{};
  event_handler to;
  value to_args{};
  bool is_supervised = false;
  using reply = void;
};
BOOST_DESCRIBE_STRUCT(swap_event_handler, (),
                      (from, from_args, to, to_args, is_supervised))

struct which_event_handlers {
  using reply = std::vector<event_handler>;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(which_event_handlers, (), (unused))

/// Told, as an info, to the process that had added a handler supervised, when it
/// goes: `normal` (deleted, or it left), `shutdown` (the manager ends), `swapped`,
/// or the error of a crash. As {gen_event_EXIT, Handler, Reason}.
struct event_handler_exit {
  pid manager;
  event_handler handler;
  exit_reason reason;
  /// Of a swapped one: who took its place.
  event_handler by;
};
BOOST_DESCRIBE_STRUCT(event_handler_exit, (), (manager, handler, reason, by))

namespace detail {

/// Has a call be for one handler of the event manager that it is sent to.
message_ptr address(message_ptr m, const event_handler& to);

}  // namespace detail

namespace event {

/// To every handler that has a handle_event for it. Never fails.
template <class Event>
void notify(const target& manager, Event&& e) {
  cast(manager, std::forward<Event>(e));
}

/// `co_await`: when all handlers have handled it. Errors: those of a call.
template <class Event>
auto sync_notify(const target& manager, Event&& e,
                 duration timeout = default_call_timeout) {
  return instar::detail::call_awaiter<void>{
      {manager,
       make_message(std::forward<Event>(e), message_kind::call),
       timeout,
       {}}};
}
/// `co_await`: a call to one handler. Errors: not_found (no such handler),
/// callback_failed (it threw, and is removed), those of a call.
template <class Request>
auto call(const target& manager, const event_handler& handler, Request&& m,
          duration timeout = default_call_timeout) {
  return instar::detail::call_awaiter<
      typename instar::detail::reply_of<Request>::type>{
      {manager,
       instar::detail::address(
           make_message(std::forward<Request>(m), message_kind::call), handler),
       timeout,
       {}}};
}

/// `co_await`: it is there, the newest, when this is answered. Errors:
/// already_present, no_such_module, badarg (the module is no gen_event),
/// init_failed, those of a call.
inline auto add_handler(const target& manager, const event_handler& handler,
                        value args = {},
                        duration timeout = default_call_timeout) {
  return instar::call(
      manager, add_event_handler{handler, std::move(args), false}, timeout);
}
/// As add_handler; besides, the manager and the caller are linked: the handler goes
/// when the caller ends, and the caller is told by an event_handler_exit when the
/// handler goes.
inline auto add_sup_handler(const target& manager, const event_handler& handler,
                            value args = {},
                            duration timeout = default_call_timeout) {
  return instar::call(
      manager, add_event_handler{handler, std::move(args), true}, timeout);
}
/// `co_await`: what its terminate has given. Errors: not_found, those of a call.
inline auto delete_handler(const target& manager, const event_handler& handler,
                           value args = {},
                           duration timeout = default_call_timeout) {
  return instar::call(manager, delete_event_handler{handler, std::move(args)},
                      timeout);
}
/// `co_await`: one handler takes the place of another: its init is given what the
/// other's terminate gave, or null where there is no such handler. It is supervised
/// by whom the other was. Errors: as add_handler; after init_failed both are gone.
inline auto swap_handler(const target& manager, const event_handler& from,
                         value from_args, const event_handler& to,
                         value to_args,
                         duration timeout = default_call_timeout) {
  return instar::call(manager,
                      swap_event_handler{from, std::move(from_args), to,
                                         std::move(to_args), false},
                      timeout);
}
/// As swap_handler; it is supervised by the caller.
inline auto swap_sup_handler(const target& manager, const event_handler& from,
                             value from_args, const event_handler& to,
                             value to_args,
                             duration timeout = default_call_timeout) {
  return instar::call(manager,
                      swap_event_handler{from, std::move(from_args), to,
                                         std::move(to_args), true},
                      timeout);
}
/// `co_await`: the newest first.
inline auto which_handlers(const target& manager,
                           duration timeout = default_call_timeout) {
  return instar::call(manager, which_event_handlers{}, timeout);
}

// ---- for a handler's callbacks

/// The handler that runs goes when this callback has returned. As the result
/// remove_handler.
void leave();
/// Another takes its place when all handlers have handled this event. As the result
/// {swap_handler, Args1, State, Handler2, Args2}.
void hand_over(value own_args, const event_handler& to, value to_args);

}  // namespace event
}  // namespace instar
