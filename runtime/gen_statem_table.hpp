// What a gen_statem's module gives to the loop, as data; made by
// gen_statem_handlers.hpp; and what its handlers tell the loop.
#pragma once

#include "runtime/gen_server_table.hpp"
#include "runtime/statem_actions.hpp"

#include <vector>

namespace instar {

struct event_info;

struct gen_statem_table {
  gen_server_table server;
  /// Enters the state that the machine is in, at its start; null: it has no enter
  /// calls.
  void (*enter)(handler_context& context) noexcept;
};

namespace detail {

/// The event that the process handles.
const event_info& handled_event(process& self);
/// After a handler, or an enter call: `is_changed`, the state is another one.
void take_actions(process& self, bool is_changed,
                  std::vector<statem_action> actions);

/// Where the process is debugged: the state that it is in, for its events; `enters`:
/// which is about to be entered.
void tell_state(process& self, value state, bool enters);

/// Of init, for the process that the current thread runs.
void take_first_actions(std::vector<statem_action> actions);

}  // namespace detail
}  // namespace instar
