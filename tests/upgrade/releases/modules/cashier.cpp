// A special process whose versions have other states. The build defines
//   TILL_STATE    the state of version 1 or 2
//   TILL_THROWS   its code_change throws
#include "runtime/module.hpp"

#include "till_messages.hpp"

#include <stdexcept>
#include <string>

namespace till {
inline namespace INSTAR_VSN {

struct sum_1 {
  std::int64_t sum = 0;
  std::int64_t times = 0;
};
BOOST_DESCRIBE_STRUCT(sum_1, (), (sum, times))

#if TILL_STATE == 2
/// Another currency: a hundred times as much.
struct sum_2 {
  std::string came_from;
  std::int64_t cents = 0;
  std::int64_t times = 0;
};
BOOST_DESCRIBE_STRUCT(sum_2, (), (came_from, cents, times))
using state = sum_2;
#else
using state = sum_1;
#endif

constexpr const char* me = INSTAR_MODULE_NAME " " INSTAR_MODULE_VSN;

struct cashier : instar::special_process<state> {
  using messages =
      instar::messages<ring_up, till::look, change_shift, concentrate>;

  static state init(const instar::value&) { return {}; }

  static void take(state& s, const ring_up& m, const instar::from& caller) {
#if TILL_STATE == 2
    s.cents += 100 * m.amount;
#else
    s.sum += m.amount;
#endif
    instar::reply(caller, ++s.times);
  }

  static instar::loop run(state& s) {
    for (;;) {
      auto m = co_await instar::receive<ring_up, till::look, change_shift,
                                        concentrate, instar::system_message>();
      if (m.get_if<instar::system_message>())
        co_return instar::sys::handle_system_msg();
      if (const auto* r = m.get_if<ring_up>())
        take(s, *r, m.caller());
      if (m.get_if<till::look>()) {
#if TILL_STATE == 2
        instar::reply(m.caller(), me + (" from " + s.came_from) + " cents " +
                                      std::to_string(s.cents));
#else
        instar::reply(m.caller(), me + (" sum " + std::to_string(s.sum)));
#endif
      }
      if (m.get_if<change_shift>())
        co_return instar::external_loop();
      if (m.get_if<concentrate>()) {
        auto awaited = co_await instar::receive<ring_up>();
        take(s, *awaited.get_if<ring_up>(), awaited.caller());
      }
    }
  }

#if TILL_STATE == 2
  static sum_2 system_code_change(const sum_1& old,
                                  const instar::change& about) {
#ifdef TILL_THROWS
    throw std::runtime_error("no change today");
#endif
    return {about.from_vsn, 100 * old.sum, old.times};
  }
  static sum_1 system_code_change_down(const sum_2& now,
                                       const instar::change&) {
    return {now.cents / 100, now.times};
  }
#endif
};

}  // namespace INSTAR_VSN
}  // namespace till

INSTAR_MODULE(till::cashier)
