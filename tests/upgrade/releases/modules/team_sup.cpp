// A supervisor whose versions have other children: TEAM is 1, 2, or 3, which has
// one that cannot start.
#include "runtime/module.hpp"

#include <string>

namespace {

struct team_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    const auto add = [&](const std::string& id) -> instar::child_spec& {
      auto& child = made.children.emplace_back();
      child.id = id;
      child.start.module = "blue";
      child.start.args = boost::json::object{{"number", 1}};
      child.start.name = id;
      return child;
    };
#if TEAM == 1
    add("ann");
    add("bob");
    add("cid");
#else
    add("cid");
    add("dan");
    add("bob").restart = instar::restart_type::temporary;
#endif
#if TEAM == 3
    add("eve").start.args = boost::json::object{{ "number", "none" }};
#endif
    return made;
  }
};

}  // namespace

INSTAR_MODULE(team_sup)
