// Counts. 1.1.0 also keeps one number for each client, and knows what 1.0.0 kept.
#include "runtime/module.hpp"

#include <map>
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

/// The counts of the clients that have added something.
struct clients {
  bool unused = false;
  using reply = std::map<std::string, std::int64_t>;
};
BOOST_DESCRIBE_STRUCT(clients, (), (unused))

struct add {
  std::int64_t amount = 1;
  std::string client;
};
BOOST_DESCRIBE_STRUCT(add, (), (amount, client))

/// What 1.0.0 kept.
struct state_1_0 {
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(state_1_0, (), (count))

struct state {
  std::int64_t count = 0;
  std::map<std::string, std::int64_t> by_client;
};
BOOST_DESCRIBE_STRUCT(state, (), (count, by_client))

/// An external call: always into the current version of counter_format.
using format =
    instar::external<"counter_format", "format", std::string(std::int64_t)>;

struct counter : instar::gen_server<state> {
  using messages = instar::messages<get, show, clients, add>;
  using imports = instar::import_list<format>;

  static state init(const instar::value&) {
    const auto start = instar::get_env("counter", "start_at");
    return {.count = start.is_int64() ? start.get_int64() : 0, .by_client = {}};
  }

  static std::int64_t handle_call(state& s, const get&, const instar::from&) {
    return s.count;
  }
  static std::string handle_call(state& s, const show&, const instar::from&) {
    return format::call(s.count);
  }
  static std::map<std::string, std::int64_t> handle_call(state& s,
                                                         const clients&,
                                                         const instar::from&) {
    return s.by_client;
  }
  static void handle_cast(state& s, const add& m) {
    s.count += m.amount;
    s.by_client[m.client] += m.amount;
  }

  /// Up. Who had counted is not known: the appup says under which name to keep
  /// it.
  static state code_change(const state_1_0& old, const instar::change& about) {
    state now{.count = old.count, .by_client = {}};
    if (const auto* extra = about.extra.if_object()) {
      const auto& name = extra->at("earlier_counts").as_string();
      now.by_client.emplace(name, old.count);
    }
    return now;
  }
  /// Down. 1.0.0 has no place for the clients.
  static state_1_0 code_change_down(const state& now, const instar::change&) {
    return {.count = now.count};
  }
};

}  // namespace INSTAR_VSN
}  // namespace counter_example

INSTAR_MODULE(counter_example::counter)
