// The supervisor of a state machine.
#include "runtime/module.hpp"

namespace {

struct gate_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    auto& child = made.children.emplace_back();
    child.id = "turnstile";
    child.start.module = "turnstile";
    child.start.name = "turnstile";
    return made;
  }
};

}  // namespace

INSTAR_MODULE(gate_sup)
