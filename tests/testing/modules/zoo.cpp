// A state of every described kind, and what a test can hear. ZOO_STATE 2 has
// another name for one of its fields.
#include "runtime/module.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace zoo_test {
inline namespace INSTAR_VSN {

enum class color : std::uint8_t { red, green, blue };
BOOST_DESCRIBE_ENUM(color, red, green, blue)

struct numbers {
  bool flag = false;
  std::int8_t tiny = 0;
  std::uint16_t small = 0;
  std::int32_t middle = 0;
  std::int64_t large = 0;
  std::uint64_t positive = 0;
  float half = 0;
  double whole = 0;
};
BOOST_DESCRIBE_STRUCT(numbers, (),
                      (flag, tiny, small, middle, large, positive, half, whole))

struct branch {
  std::string name;
  std::vector<branch> branches;
};
BOOST_DESCRIBE_STRUCT(branch, (), (name, branches))

struct containers {
  std::vector<std::string> list;
  std::deque<std::int64_t> queue;
  std::list<color> colors;
  std::set<std::string> sorted;
  std::multiset<std::int64_t> bag;
  std::unordered_set<std::string> unsorted;
  std::unordered_set<double> measures;
  std::map<std::string, numbers> by_name;
  std::map<std::int64_t, std::string> by_number;
  std::multimap<std::int64_t, bool> bag_by_number;
  std::unordered_map<std::string, std::vector<std::int64_t>> lists;
  std::unordered_map<std::int64_t, std::unordered_set<std::int64_t>> sets;
  std::array<std::int64_t, 3> triple{};
};
BOOST_DESCRIBE_STRUCT(containers, (),
                      (list, queue, colors, sorted, bag, unsorted, measures,
                       by_name, by_number, bag_by_number, lists, sets, triple))

struct choices {
  std::optional<std::string> maybe;
  std::optional<std::optional<std::int64_t>> nested;
  std::optional<std::unordered_set<std::int64_t>> maybe_set;
  std::variant<std::monostate, std::int64_t, std::string,
               std::unordered_set<std::string>>
      either;
  std::pair<std::int64_t, std::string> pair;
  std::tuple<bool, color, std::unordered_set<std::int64_t>> triple;
  std::chrono::milliseconds time{};
  std::chrono::sys_seconds date{};
  instar::value json;
};
BOOST_DESCRIBE_STRUCT(choices, (),
                      (maybe, nested, maybe_set, either, pair, triple, time,
                       date, json))

struct state {
  numbers some;
#if ZOO_STATE == 1
  containers many;
#else
  static constexpr instar::renamed renames[]{{"many", "plenty"}};
  containers plenty;
#endif
  choices one;
  branch tree;
};
#if ZOO_STATE == 1
BOOST_DESCRIBE_STRUCT(state, (), (some, many, one, tree))
#else
BOOST_DESCRIBE_STRUCT(state, (), (some, plenty, one, tree))
#endif

/// What was said is what a test looks for in the log.
struct say {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(say, (), (text))

/// Says it later.
struct say_after {
  std::int64_t seconds = 0;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(say_after, (), (seconds, text))

struct zoo : instar::gen_server<state> {
  using messages = instar::messages<say, say_after>;

  static state init(const instar::value&) { return {}; }
  static void handle_cast(state&, const say& m) {
    instar::log(instar::log_level::info, m.text);
  }
  static void handle_cast(state&, const say_after& m) {
    instar::send_after(std::chrono::seconds(m.seconds), instar::self(),
                       say{m.text});
  }
  static void handle_info(state&, const say& m) {
    instar::log(instar::log_level::info, m.text);
  }
};

}  // namespace INSTAR_VSN
}  // namespace zoo_test

INSTAR_MODULE(zoo_test::zoo)
