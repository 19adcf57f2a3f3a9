// The supervisor: it starts the counter again when it fails.
#include "runtime/module.hpp"

namespace {

struct counter_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    return {.children = {{
                .id = "counter",
                .start = {.module = "counter", .args = {}, .name = "counter"},
            }}};
  }
};

}  // namespace

INSTAR_MODULE(counter_sup)
