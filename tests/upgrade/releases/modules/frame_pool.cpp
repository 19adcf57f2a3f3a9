// Red processes that come and go.
#include "runtime/module.hpp"

namespace {

struct frame_pool : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    made.strategy = instar::restart_strategy::simple_one_for_one;
    instar::child_spec child;
    child.id = "red";
    child.start.module = "red";
    child.start.args = boost::json::object{};
    child.restart = instar::restart_type::temporary;
    made.children.push_back(std::move(child));
    return made;
  }
};

}  // namespace

INSTAR_MODULE(frame_pool)
