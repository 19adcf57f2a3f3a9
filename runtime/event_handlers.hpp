// The handlers of an event manager come, run, and go. Private to its loop: the
// thread that runs the process, inside its gate.
//
// Where a function is false the process was declared dead inside a callback:
// nothing of it may be touched any more.
#pragma once

#include "runtime/event_manager_state.hpp"
#include "runtime/gen_event_table.hpp"

#include <string>

namespace instar {

class process;
struct message;

/// Why a handler cannot be added; `code` 0: it can.
struct handler_refusal {
  int code = 0;
  std::string context;
};

/// The request to add a handler, in one place for all who ask.
struct handler_request {
  const event_handler& name;
  const value& args;
  const value& former;
  /// Null: it is not supervised.
  pid supervisor;
};

/// Whether `name` could be added, `leaving` not counted. Loads its module where
/// the node does that. The process has joined its gate.
handler_refusal check_new_handler(process& self, const event_handler& name,
                                  const event_handler* leaving = nullptr);

/// After check_new_handler. `m`: what is handled. `refused` says where init threw.
bool add_handler(process& self, const message& m, const handler_request& asked,
                 handler_refusal& refused);

/// What becomes of one that goes.
struct handler_departure {
  event_end end;
  /// For its supervisor; nothing is said where that has ended.
  exit_reason told;
  event_handler by{};
};

/// Calls its terminate, tells its supervisor, destroys its state. `last`: what
/// terminate gave.
bool remove_handler(process& self, std::size_t at,
                    const handler_departure& departure, value& last);

/// Has the handler handle the message, if it takes such ones; `at` is the place of
/// the next one then. `took`: whether it did.
bool run_handler_at(process& self, std::size_t& at, const message& m,
                    handler_kind kind, bool& took);

/// Calls the terminate of all; the states stay.
void end_handlers(process& self, const exit_reason& why);

}  // namespace instar
