#include "runtime/behaviours.hpp"

namespace instar {

const behaviour* behaviour_of(behaviour_kind kind) {
  switch (kind) {
    case behaviour_kind::gen_server:
      return &gen_server_loop();
    case behaviour_kind::gen_statem:
      return &gen_statem_loop();
    case behaviour_kind::supervisor:
      return &supervisor_loop();
    case behaviour_kind::special_process:
      return &special_process_loop();
    case behaviour_kind::library:
    case behaviour_kind::application:
    case behaviour_kind::gen_event:  // runs within an event manager
      return nullptr;
  }
  return nullptr;
}

}  // namespace instar
