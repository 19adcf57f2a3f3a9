// 1.0.0 with a larger state and the conversions, up and down.
#include "../call_kinds.hpp"

namespace bench {
inline namespace INSTAR_VSN {

struct state_1_0 {
  std::uint64_t count = 0, total = 0, last = 0, spare_1 = 0, spare_2 = 0,
                spare_3 = 0, spare_4 = 0, spare_5 = 0;
};
BOOST_DESCRIBE_STRUCT(state_1_0, (),
                      (count, total, last, spare_1, spare_2, spare_3, spare_4,
                       spare_5))
struct state {
  std::uint64_t count = 0, total = 0, last = 0, spare_1 = 0, spare_2 = 0,
                spare_3 = 0, spare_4 = 0, spare_5 = 0;
  std::uint64_t added = 0, more = 0;
};
BOOST_DESCRIBE_STRUCT(state, (),
                      (count, total, last, spare_1, spare_2, spare_3, spare_4,
                       spare_5, added, more))

#define INSTAR_BENCH_CODE_CHANGE                                             \
  static state code_change(const state_1_0& o, const instar::change&) {      \
    return {o.count,   o.total,   o.last,    o.spare_1, o.spare_2,           \
            o.spare_3, o.spare_4, o.spare_5, 1,         0};                  \
  }                                                                          \
  static state_1_0 code_change_down(const state& o, const instar::change&) { \
    return {o.count,   o.total,   o.last,    o.spare_1,                      \
            o.spare_2, o.spare_3, o.spare_4, o.spare_5};                     \
  }
#include "../handlers.inc"

}  // namespace INSTAR_VSN
}  // namespace bench

INSTAR_MODULE(bench::bench_server)
