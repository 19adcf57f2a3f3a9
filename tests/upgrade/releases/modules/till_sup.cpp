// The supervisor of a special process.
#include "runtime/module.hpp"

namespace {

struct till_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    auto& child = made.children.emplace_back();
    child.id = "cashier";
    child.start.module = "cashier";
    child.start.name = "cashier";
    return made;
  }
};

}  // namespace

INSTAR_MODULE(till_sup)
