// The application's callback module: it names the top supervisor.
#include "runtime/module.hpp"

namespace {

struct counter_app : instar::application {
  static instar::start_spec start(const instar::value& args) {
    return {.module = "counter_sup", .args = args, .name = "counter_sup"};
  }
};

}  // namespace

INSTAR_MODULE(counter_app)
