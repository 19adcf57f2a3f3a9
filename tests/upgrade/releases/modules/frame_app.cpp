// The application that the test's processes belong to; no test upgrades it.
#include "runtime/module.hpp"

namespace {

struct frame_app : instar::application {
  static instar::start_spec start(const instar::value&) {
    return {.module = "frame_sup", .name = "frame_sup"};
  }
};

}  // namespace

INSTAR_MODULE(frame_app)
