// The top supervisor of an application, below which that of an included one stands.
#include "runtime/module.hpp"

namespace {

struct whole_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    auto& part = made.children.emplace_back();
    part.id = "part";
    part.start.module = "part_sup";
    part.type = instar::child_type::supervisor;
    return made;
  }
};

}  // namespace

INSTAR_MODULE(whole_sup)
