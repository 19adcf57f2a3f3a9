// A function that other modules call.
#include "runtime/module.hpp"

namespace bench {
inline namespace INSTAR_VSN {

__attribute__((noipa)) std::uint64_t step(std::uint64_t x) {
  return x * 3 + 1;
}

struct bench_library : instar::library {
  using exports = instar::export_list<instar::fn<"step", &step>>;
};

}  // namespace INSTAR_VSN
}  // namespace bench

INSTAR_MODULE(bench::bench_library)
