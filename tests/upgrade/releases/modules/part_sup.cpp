// The top supervisor of an included application.
#include "runtime/module.hpp"

namespace {

struct part_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    auto& child = made.children.emplace_back();
    child.id = "blue";
    child.start.module = "blue";
    child.start.args = boost::json::object{{"number", 1}};
    child.start.name = "part_blue";
    return made;
  }
};

}  // namespace

INSTAR_MODULE(part_sup)
