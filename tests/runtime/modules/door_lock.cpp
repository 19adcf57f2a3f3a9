// The state machine of docs/writing-modules.md.
#include "runtime/module.hpp"

#include <chrono>
#include <string>

namespace door_example {
inline namespace INSTAR_VSN {

enum class door_state { locked, open };
BOOST_DESCRIBE_ENUM(door_state, locked, open)
struct door {
  door_state at = door_state::locked;
  std::int64_t wrong = 0;
};
BOOST_DESCRIBE_STRUCT(door, (), (at, wrong))

struct enter_code {
  std::int64_t code = 0;
  using reply = bool;
};
BOOST_DESCRIBE_STRUCT(enter_code, (), (code))
struct knock {
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(knock, (), ())
struct lock_again {};
BOOST_DESCRIBE_STRUCT(lock_again, (), ())

struct door_lock : instar::gen_statem<door, &door::at> {
  using messages = instar::messages<enter_code, knock, lock_again>;
  using step = instar::step<door_state>;
  template <door_state S>
  using in = instar::in<S>;

  static door init(const instar::value&) { return {}; }

  static step handle_event(in<door_state::locked>, door& d, const enter_code& m,
                           const instar::event_info& e) {
    if (m.code != 1234) {
      ++d.wrong;
      return instar::keep_state().reply(e.caller, false);
    }
    return instar::next_state(door_state::open)
        .reply(e.caller, true)
        .state_timeout(std::chrono::seconds(10), lock_again{});
  }
  static step handle_event(in<door_state::locked>, door&, const knock&) {
    return instar::postpone();
  }
  static step handle_event(in<door_state::open>, door&, const knock&,
                           const instar::event_info& e) {
    return instar::keep_state().reply(e.caller, std::string("come in"));
  }
  static step handle_event(in<door_state::open>, door&, const lock_again&) {
    return instar::next_state(door_state::locked);
  }
  static void enter(in<door_state::locked>, door& d, const door_state&) {
    d.wrong = 0;
  }
};

}  // namespace INSTAR_VSN
}  // namespace door_example

INSTAR_MODULE(door_example::door_lock)
