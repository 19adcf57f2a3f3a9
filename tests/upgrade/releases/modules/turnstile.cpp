// A state machine whose versions have other states, other data and another mode:
// the first has handlers for each state, the second one handler that looks at the
// state. The build defines
//   GATE_STATE    the state of version 1 or 2
//   GATE_THROWS   its code_change throws for one that has noted 13
#include "runtime/module.hpp"

#include "gate_messages.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace gate {
inline namespace INSTAR_VSN {

enum class barrier_1 { shut, open };
BOOST_DESCRIBE_ENUM(barrier_1, shut, open)
struct machine_1 {
  barrier_1 at = barrier_1::shut;
  std::vector<std::int64_t> noted;
};
BOOST_DESCRIBE_STRUCT(machine_1, (), (at, noted))

#if GATE_STATE == 2
/// What was open is ajar until somebody unlocks it anew.
enum class barrier_2 { bolted, ajar, wide };
BOOST_DESCRIBE_ENUM(barrier_2, bolted, ajar, wide)
struct machine_2 {
  std::string came_from;
  barrier_2 at = barrier_2::bolted;
  std::int64_t bells = 0;
  std::vector<std::int64_t> noted;
};
BOOST_DESCRIBE_STRUCT(machine_2, (), (came_from, at, bells, noted))
#endif

constexpr const char* me = INSTAR_MODULE_NAME " " INSTAR_MODULE_VSN;

#if GATE_STATE == 1

struct turnstile : instar::gen_statem<machine_1, &machine_1::at> {
  using messages = instar::messages<coin, unlock, lock, when_shut, set_bell,
                                    bell, look, gate::noted>;
  using step = instar::step<barrier_1>;
  template <barrier_1 S>
  using in = instar::in<S>;
  using event = instar::event_info;
  static constexpr auto shut = barrier_1::shut;
  static constexpr auto open = barrier_1::open;

  static machine_1 init(const instar::value&) { return {}; }

  static step handle_event(in<shut>, machine_1&, const coin&) {
    return instar::postpone();
  }
  static void handle_event(in<open>, machine_1& s, const coin& m) {
    s.noted.push_back(m.number);
  }
  static step handle_event(in<shut>, machine_1&, const unlock& m,
                           const event& e) {
    return instar::next_state(open)
        .reply(e.caller, true)
        .state_timeout(std::chrono::milliseconds(m.ms), lock{});
  }
  static step handle_event(in<open>, machine_1&, const unlock&,
                           const event& e) {
    return instar::keep_state().reply(e.caller, false);
  }
  static step handle_event(machine_1&, const lock&) {
    return instar::next_state(shut);
  }
  static step handle_event(in<shut>, machine_1&, const when_shut&,
                           const event& e) {
    return instar::keep_state().reply(e.caller, std::string(me));
  }
  static step handle_event(in<open>, machine_1&, const when_shut&) {
    return instar::postpone();
  }
  static step handle_event(machine_1&, const set_bell& m, const event& e) {
    return instar::keep_state()
        .reply(e.caller, true)
        .timeout("bell", std::chrono::milliseconds(m.ms), bell{m.number});
  }
  static void handle_event(machine_1& s, const bell& m) {
    s.noted.push_back(-m.number);
  }
  static step handle_event(machine_1& s, const look&, const event& e) {
    return instar::keep_state().reply(
        e.caller,
        std::string(me) + (s.at == barrier_1::shut ? " shut" : " open"));
  }
  static step handle_event(machine_1& s, const gate::noted&, const event& e) {
    return instar::keep_state().reply(e.caller, s.noted);
  }
};

#else

struct turnstile : instar::gen_statem<machine_2, &machine_2::at> {
  using messages = instar::messages<coin, unlock, lock, when_shut, set_bell,
                                    bell, look, gate::noted>;
  using step = instar::step<barrier_2>;
  using event = instar::event_info;

  static machine_2 init(const instar::value&) { return {}; }

  static machine_2 code_change(const machine_1& old,
                               const instar::change& about) {
#ifdef GATE_THROWS
    if (std::find(old.noted.begin(), old.noted.end(), 13) != old.noted.end())
      throw std::runtime_error("thirteen");
#endif
    machine_2 made;
    made.came_from = about.from_vsn;
    made.at = old.at == barrier_1::shut ? barrier_2::bolted : barrier_2::ajar;
    made.bells = std::count_if(old.noted.begin(), old.noted.end(),
                               [](auto one) { return one < 0; });
    made.noted = old.noted;
    return made;
  }
  static machine_1 code_change_down(const machine_2& now,
                                    const instar::change&) {
    return {now.at == barrier_2::bolted ? barrier_1::shut : barrier_1::open,
            now.noted};
  }

  static step handle_event(machine_2& s, const coin& m) {
    if (s.at == barrier_2::bolted)
      return instar::postpone();
    s.noted.push_back(m.number);
    return instar::keep_state();
  }
  static step handle_event(machine_2& s, const unlock& m, const event& e) {
    if (s.at != barrier_2::bolted)
      return instar::keep_state().reply(e.caller, false);
    return instar::next_state(barrier_2::wide)
        .reply(e.caller, true)
        .state_timeout(std::chrono::milliseconds(m.ms), lock{});
  }
  static step handle_event(machine_2&, const lock&) {
    return instar::next_state(barrier_2::bolted);
  }
  static step handle_event(machine_2& s, const when_shut&, const event& e) {
    if (s.at != barrier_2::bolted)
      return instar::postpone();
    return instar::keep_state().reply(e.caller, std::string(me));
  }
  static step handle_event(machine_2&, const set_bell& m, const event& e) {
    return instar::keep_state()
        .reply(e.caller, true)
        .timeout("bell", std::chrono::milliseconds(m.ms), bell{m.number});
  }
  static void handle_event(machine_2& s, const bell& m) {
    ++s.bells;
    s.noted.push_back(-m.number);
  }
  static step handle_event(machine_2& s, const look&, const event& e) {
    const std::string at = s.at == barrier_2::bolted ? " bolted"
                           : s.at == barrier_2::ajar ? " ajar"
                                                     : " wide";
    return instar::keep_state().reply(e.caller, me + at + ", from " +
                                                    s.came_from + ", bells " +
                                                    std::to_string(s.bells));
  }
  static step handle_event(machine_2& s, const gate::noted&, const event& e) {
    return instar::keep_state().reply(e.caller, s.noted);
  }
};

#endif

}  // namespace INSTAR_VSN
}  // namespace gate

INSTAR_MODULE(gate::turnstile)
