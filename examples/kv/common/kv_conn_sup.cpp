// Supervises the connections, one process each. One that fails is not started
// again: its client has lost its place in the protocol.
#include "runtime/module.hpp"

namespace {

struct kv_conn_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value& args) {
    return {.strategy = instar::restart_strategy::simple_one_for_one,
            .children = {{
                .id = "kv_conn",
                .start = {.module = "kv_conn", .args = args},
                .restart = instar::restart_type::temporary,
            }}};
  }
};

}  // namespace

INSTAR_MODULE(kv_conn_sup)
