// The first loop of docs/writing-modules.md: it stays in its code until it is told.
#include "runtime/module.hpp"

#include <string>

namespace loop_example {
inline namespace INSTAR_VSN {

struct served {
  std::int64_t messages = 0;
};
BOOST_DESCRIBE_STRUCT(served, (), (messages))

struct which {
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(which, (), ())
struct code_switch {};
BOOST_DESCRIBE_STRUCT(code_switch, (), ())

struct local_loop : instar::special_process<served> {
  using messages = instar::messages<which, code_switch>;

  static served init(const instar::value&) { return {}; }

  static instar::loop run(served& s) {
    for (;;) {
      auto m = co_await instar::receive<which, code_switch>();
      if (m.get_if<code_switch>())
        co_return instar::external_loop();  // m:loop()
      ++s.messages;
      instar::reply(m.caller(), std::string(INSTAR_MODULE_VSN));
      // and round again in this code: loop()
    }
  }
};

}  // namespace INSTAR_VSN
}  // namespace loop_example

INSTAR_MODULE(loop_example::local_loop)
