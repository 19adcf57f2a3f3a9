// The supervisor of an event manager, and of a process that has to be asked for its
// modules as well.
#include "runtime/module.hpp"

namespace {

struct hub_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    auto& bus = made.children.emplace_back();
    bus.id = "bus";
    bus.start.module = instar::event_manager;
    bus.start.name = "bus";
    bus.dynamic = true;
    auto& cell = made.children.emplace_back();
    cell.id = "asked";
    cell.start.module = "relay";
    cell.start.name = "asked";
    cell.dynamic = true;
    return made;
  }
};

}  // namespace

INSTAR_MODULE(hub_sup)
