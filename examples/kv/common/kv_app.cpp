// The application's callback module.
#include "runtime/module.hpp"

namespace {

struct kv_app : instar::application {
  static instar::start_spec start(const instar::value& args) {
    return {.module = "kv_sup", .args = args, .name = "kv_sup"};
  }
};

}  // namespace

INSTAR_MODULE(kv_app)
