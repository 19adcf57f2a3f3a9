// The smallest server: a state of 8 bytes.
#include "../worker_messages.hpp"

namespace bench {
inline namespace INSTAR_VSN {

struct cell {
  std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(cell, (), (count))

struct bench_cell : instar::gen_server<cell> {
  static cell init(const instar::value&) { return {}; }
  static std::uint64_t handle_call(cell& s, const ping&, const instar::from&) {
    return ++s.count;
  }
  static void handle_cast(cell& s, const tick&) { ++s.count; }
};

}  // namespace INSTAR_VSN
}  // namespace bench

INSTAR_MODULE(bench::bench_cell)
