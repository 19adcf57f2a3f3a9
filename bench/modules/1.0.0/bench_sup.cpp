// One supervisor of many servers.
#include "runtime/module.hpp"

namespace bench {
inline namespace INSTAR_VSN {

struct bench_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    instar::supervisor_spec spec;
    spec.strategy = instar::restart_strategy::simple_one_for_one;
    spec.children.resize(1);
    spec.children[0].id = "server";
    spec.children[0].start.module = "bench_server";
    spec.children[0].restart = instar::restart_type::temporary;
    return spec;
  }
};

}  // namespace INSTAR_VSN
}  // namespace bench

INSTAR_MODULE(bench::bench_sup)
