// The supervisor of the event manager of docs/writing-modules.md.
#include "runtime/module.hpp"

namespace {

struct house_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec spec;
    // The manager's module is the runtime's own: no release brings it. Its modules
    // are its handlers', so they are asked for.
    spec.children.push_back({
        .id = "bus",
        .start = {.module = instar::event_manager, .name = "bus"},
        .dynamic = true,
    });
    spec.children.push_back({
        .id = "front_door",
        .start = {.module = "front_door", .name = "front_door"},
    });
    return spec;
  }
};

}  // namespace

INSTAR_MODULE(house_sup)
