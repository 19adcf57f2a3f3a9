// Counts. 1.0.0 keeps one number.
#include "runtime/module.hpp"

#include <string>

namespace counter_example {
inline namespace INSTAR_VSN {

/// The count.
struct get {
  bool unused = false;
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(get, (), (unused))

/// The count, for people.
struct show {
  bool unused = false;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(show, (), (unused))

struct add {
  std::int64_t amount = 1;
  std::string client;
};
BOOST_DESCRIBE_STRUCT(add, (), (amount, client))

struct state {
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (count))

/// An external call: always into the current version of counter_format.
using format =
    instar::external<"counter_format", "format", std::string(std::int64_t)>;

struct counter : instar::gen_server<state> {
  using messages = instar::messages<get, show, add>;
  using imports = instar::import_list<format>;

  static state init(const instar::value&) {
    const auto start = instar::get_env("counter", "start_at");
    return {.count = start.is_int64() ? start.get_int64() : 0};
  }

  static std::int64_t handle_call(state& s, const get&, const instar::from&) {
    return s.count;
  }
  static std::string handle_call(state& s, const show&, const instar::from&) {
    return format::call(s.count);
  }
  static void handle_cast(state& s, const add& m) { s.count += m.amount; }
};

}  // namespace INSTAR_VSN
}  // namespace counter_example

INSTAR_MODULE(counter_example::counter)
