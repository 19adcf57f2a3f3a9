// Counts who passes. 1.1.0 counts at each gate.
#include "runtime/module.hpp"

#include "numbers.hpp"

#include <map>
#include <string>

namespace turnstile_example {
inline namespace INSTAR_VSN {

/// Of 1.0.0: without a gate it is the main one.
struct pass {
  std::int64_t people = 1;
  std::string gate = "main";
};
BOOST_DESCRIBE_STRUCT(pass, (), (people, gate))

struct total {
  bool unused = false;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(total, (), (unused))

struct gates {
  bool unused = false;
  using reply = std::map<std::string, std::int64_t>;
};
BOOST_DESCRIBE_STRUCT(gates, (), (unused))

/// What 1.0.0 kept.
struct state_1_0 {
  std::int64_t people = 0;
};
BOOST_DESCRIBE_STRUCT(state_1_0, (), (people))

struct state {
  std::map<std::string, std::int64_t> by_gate;
};
BOOST_DESCRIBE_STRUCT(state, (), (by_gate))

std::int64_t sum(const state& of) {
  std::int64_t all = 0;
  for (const auto& [gate, people] : of.by_gate)
    all += people;
  return all;
}

struct turnstile : instar::gen_server<state> {
  using messages = instar::messages<pass, total, gates>;

  static state init(const instar::value&) { return {}; }
  static void handle_cast(state& s, const pass& m) {
    s.by_gate[m.gate] += m.people;
  }
  static std::string handle_call(state& s, const total&, const instar::from&) {
    return numbers::grouped(sum(s));
  }
  static std::map<std::string, std::int64_t> handle_call(state& s, const gates&,
                                                         const instar::from&) {
    return s.by_gate;
  }

  static state code_change(const state_1_0& old, const instar::change& about) {
    const auto& gate = about.extra.at("gate").as_string();
    return {.by_gate = {{std::string(gate), old.people}}};
  }
  static state_1_0 code_change_down(const state& now, const instar::change&) {
    return {.people = sum(now)};
  }
};

}  // namespace INSTAR_VSN
}  // namespace turnstile_example

INSTAR_MODULE(turnstile_example::turnstile)
