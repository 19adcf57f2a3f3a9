// An event handler that no upgrade of these tests changes.
#include "runtime/module.hpp"

#include "hub_messages.hpp"

#include <vector>

namespace hub {
inline namespace INSTAR_VSN {

struct label_state {
  std::vector<std::int64_t> noted;
};
BOOST_DESCRIBE_STRUCT(label_state, (), (noted))

struct label : instar::gen_event<label_state> {
  static label_state init(const instar::value&) { return {}; }
  static void handle_event(label_state& s, const tick& m) {
    s.noted.push_back(m.number);
  }
  static std::vector<std::int64_t> handle_call(label_state& s, const ticks&,
                                               const instar::from&) {
    return s.noted;
  }
};

}  // namespace INSTAR_VSN
}  // namespace hub

INSTAR_MODULE(hub::label)
