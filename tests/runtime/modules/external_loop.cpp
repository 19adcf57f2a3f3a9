// The second loop of docs/writing-modules.md: it moves to the new code at its next
// turn, and serves sys.
#include "runtime/module.hpp"

#include <string>

namespace loop_example {
inline namespace INSTAR_VSN {

struct counted {
  std::int64_t messages = 0;
};
BOOST_DESCRIBE_STRUCT(counted, (), (messages))

struct which {
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(which, (), ())

struct external_loop : instar::special_process<counted> {
  using messages = instar::messages<which>;

  static counted init(const instar::value&) { return {}; }

  static instar::loop run(counted& s) {
    auto m = co_await instar::receive<which, instar::system_message>();
    if (m.get_if<instar::system_message>())
      co_return instar::sys::handle_system_msg();
    ++s.messages;
    instar::reply(m.caller(), std::string(INSTAR_MODULE_VSN));
    co_return instar::external_loop();  // ?MODULE:loop()
  }
};

}  // namespace INSTAR_VSN
}  // namespace loop_example

INSTAR_MODULE(loop_example::external_loop)
