// A server of 64 bytes, which can also be a client of another one.
#include "../call_kinds.hpp"

namespace bench {
inline namespace INSTAR_VSN {

struct state {
  std::uint64_t count = 0, total = 0, last = 0, spare_1 = 0, spare_2 = 0,
                spare_3 = 0, spare_4 = 0, spare_5 = 0;
};
BOOST_DESCRIBE_STRUCT(state, (),
                      (count, total, last, spare_1, spare_2, spare_3, spare_4,
                       spare_5))

#define INSTAR_BENCH_CODE_CHANGE
#include "../handlers.inc"

}  // namespace INSTAR_VSN
}  // namespace bench

INSTAR_MODULE(bench::bench_server)
