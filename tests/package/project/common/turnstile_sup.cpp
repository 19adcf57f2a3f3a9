// The top supervisor, which app.yaml names itself.
#include "runtime/module.hpp"

namespace {

struct turnstile_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    return {
        .children = {{
            .id = "turnstile",
            .start = {.module = "turnstile", .args = {}, .name = "turnstile"},
        }}};
  }
};

}  // namespace

INSTAR_MODULE(turnstile_sup)
