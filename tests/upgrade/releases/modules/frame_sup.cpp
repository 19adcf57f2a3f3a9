// Three red processes, two blue ones, one relay, and a pool of red ones.
#include "runtime/module.hpp"

namespace {

struct frame_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec made;
    const auto add = [&](const std::string& module, int number) {
      instar::child_spec child;
      child.id = module + "_" + std::to_string(number);
      child.start.module = module;
      child.start.args = boost::json::object{{"number", number}};
      child.start.name = child.id;
      made.children.push_back(std::move(child));
    };
    add("red", 1);
    add("red", 2);
    add("red", 3);
    add("blue", 1);
    add("blue", 2);
    add("relay", 1);
    instar::child_spec pool;
    pool.id = "pool";
    pool.start.module = "frame_pool";
    pool.start.name = "pool";
    pool.type = instar::child_type::supervisor;
    made.children.push_back(std::move(pool));
    return made;
  }
};

}  // namespace

INSTAR_MODULE(frame_sup)
