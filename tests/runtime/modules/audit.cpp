// A handler of the event manager of docs/writing-modules.md.
#include "house.hpp"

namespace house {
inline namespace INSTAR_VSN {

struct audit_state {
  std::int64_t count = 0;
  std::string last;
};
BOOST_DESCRIBE_STRUCT(audit_state, (), (count, last))

struct audit : instar::gen_event<audit_state> {
  static audit_state init(const instar::value& args) {
    return {.count = args.as_int64(), .last = {}};
  }
  // An event that it has no handle_event for passes it by.
  static void handle_event(audit_state& s, const login& m) {
    ++s.count;
    s.last = m.who;
  }
  static std::int64_t handle_call(audit_state& s, const how_many&,
                                  const instar::from&) {
    return s.count;
  }
  // Optional, like handle_info and code_change; it may return nothing.
  static instar::value terminate(audit_state& s, const instar::event_end&) {
    return instar::value(s.last);
  }
};

}  // namespace INSTAR_VSN
}  // namespace house

INSTAR_MODULE(house::audit)
