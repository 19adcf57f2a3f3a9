// The behaviours that the runtime has, one object each.
#pragma once

#include "module/descriptor.hpp"
#include "runtime/behaviour.hpp"

namespace instar {

const behaviour& gen_server_loop();
const behaviour& gen_statem_loop();
const behaviour& supervisor_loop();
const behaviour& gen_event_loop();
const behaviour& special_process_loop();

/// The loop for a callback module's kind; null where a process cannot have it.
const behaviour* behaviour_of(behaviour_kind kind);

}  // namespace instar
