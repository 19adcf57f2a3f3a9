// What a program asks of an event manager from outside of any process; not from a
// worker. Handlers cannot be added supervised from here: there is no process to
// watch or to tell.
#pragma once

#include "runtime/event_manager.hpp"
#include "runtime/runtime.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace instar::event {

template <class Event>
void notify(runtime& node, pid manager, Event&& e) {
  node.cast(manager, std::forward<Event>(e));
}

template <class Event>
result<> sync_notify(runtime& node, const target& manager, Event&& e,
                     duration timeout = default_call_timeout) {
  INSTAR_TRY(
      node.call<std::monostate>(manager, std::forward<Event>(e), timeout));
  return {};
}

/// Errors: not_found, callback_failed, those of runtime::call.
template <class Reply, class Request>
result<Reply> call(runtime& node, const target& manager,
                   const event_handler& handler, Request&& m,
                   duration timeout = default_call_timeout) {
  auto request = make_message(std::forward<Request>(m), message_kind::call);
  INSTAR_TRY_ASSIGN(
      auto answer,
      node.call(manager, instar::detail::address(std::move(request), handler),
                timeout));
  if (answer->key != &key_of<Reply>()) {
    return failure(errc::bad_message, "the reply is a " + answer->key->name);
  }
  return std::move(*static_cast<Reply*>(answer->payload()));
}

// The others: as those of event_manager.hpp, which wait without a thread.

result<> add_handler(runtime& node, const target& manager,
                     const event_handler& handler, value args = {},
                     duration timeout = default_call_timeout);
result<value> delete_handler(runtime& node, const target& manager,
                             const event_handler& handler, value args = {},
                             duration timeout = default_call_timeout);
result<> swap_handler(runtime& node, const target& manager,
                      const event_handler& from, value from_args,
                      const event_handler& to, value to_args,
                      duration timeout = default_call_timeout);
result<std::vector<event_handler>> which_handlers(
    runtime& node, const target& manager,
    duration timeout = default_call_timeout);

}  // namespace instar::event
