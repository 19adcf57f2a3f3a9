// Counts who passes. 1.0.0 has one gate.
#include "runtime/module.hpp"

#include "numbers.hpp"

namespace turnstile_example {
inline namespace INSTAR_VSN {

struct pass {
  std::int64_t people = 1;
};
BOOST_DESCRIBE_STRUCT(pass, (), (people))

struct total {
  bool unused = false;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(total, (), (unused))

struct state {
  std::int64_t people = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (people))

struct turnstile : instar::gen_server<state> {
  static state init(const instar::value&) { return {}; }
  static void handle_cast(state& s, const pass& m) { s.people += m.people; }
  static std::string handle_call(state& s, const total&, const instar::from&) {
    return numbers::grouped(s.people);
  }
};

}  // namespace INSTAR_VSN
}  // namespace turnstile_example

INSTAR_MODULE(turnstile_example::turnstile)
