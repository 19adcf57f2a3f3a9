// What an event manager has besides its handlers' states: their names, in order,
// and who supervises them. The runtime's own box of the process.
#pragma once

#include "runtime/event_manager.hpp"
#include "runtime/pid.hpp"
#include "runtime/start.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace instar {

class box;
class process;

struct installed_handler {
  event_handler name;
  /// Who added it supervised; null: nobody.
  pid supervisor;
  /// The process's, for as long as the handler is there.
  box* state = nullptr;
};

struct wanted_swap {
  event_handler from;
  value from_args;
  event_handler to;
  value to_args;
};

struct event_manager_state {
  /// The newest first: the order in which they are told.
  std::vector<installed_handler> handlers;

  // What the handler that runs has asked for.
  bool wants_to_leave = false;
  std::optional<wanted_swap> wants_to_hand_over;
  /// To be done before the next event.
  std::vector<wanted_swap> swaps;
  /// Who waits for them; no tag: nobody.
  from sync_caller;

  /// Its place; handlers.size(): there is none.
  std::size_t find(const event_handler& name) const;
  bool is_supervisor(pid process) const;
};

/// Only of an event manager that is initialised.
event_manager_state& event_state_of(process& self);

}  // namespace instar
