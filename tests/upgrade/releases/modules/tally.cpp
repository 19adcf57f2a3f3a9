// An event handler. The build defines
//   TALLY_STATE    the state of version 1 or 2
//   TALLY_THROWS   its code_change throws for a handler that has noted 13
#include "runtime/module.hpp"

#include "hub_messages.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace hub {
inline namespace INSTAR_VSN {

struct tally_1 {
  std::vector<std::int64_t> noted;
};
BOOST_DESCRIBE_STRUCT(tally_1, (), (noted))

#if TALLY_STATE == 1
using tally_state = tally_1;
#else
struct tally_state {
  std::string came_from;
  std::vector<std::int64_t> noted;
};
BOOST_DESCRIBE_STRUCT(tally_state, (), (came_from, noted))
#endif

struct tally : instar::gen_event<tally_state> {
  static tally_state init(const instar::value&) { return {}; }
  static void handle_event(tally_state& s, const tick& m) {
    s.noted.push_back(m.number);
  }
  static std::vector<std::int64_t> handle_call(tally_state& s, const ticks&,
                                               const instar::from&) {
    return s.noted;
  }
#if TALLY_STATE == 2
  static tally_state code_change(const tally_1& old,
                                 const instar::change& about) {
#ifdef TALLY_THROWS
    if (std::find(old.noted.begin(), old.noted.end(), 13) != old.noted.end())
      throw std::runtime_error("thirteen");
#endif
    return {about.from_vsn, old.noted};
  }
  static tally_1 code_change_down(const tally_state& now,
                                  const instar::change&) {
    return {now.noted};
  }
#endif
};

}  // namespace INSTAR_VSN
}  // namespace hub

INSTAR_MODULE(hub::tally)
