#include "module/type_changes.hpp"

#include "module/type_of.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <doctest/doctest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace changes_old {

enum class color { red, green };
BOOST_DESCRIBE_ENUM(color, red, green)
struct tree {
  std::int32_t weight = 0;
  std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (weight, children))
struct state {
  std::int32_t count = 0;
  std::string lost;
  color paint = color::red;
  std::map<std::string, tree> trees;
  std::optional<std::int32_t> maybe;
  std::array<std::int8_t, 3> bytes{};
  std::variant<tree, std::string> choice;
  std::tuple<std::int8_t, tree> pair;
  std::vector<std::int32_t> list;
};
BOOST_DESCRIBE_STRUCT(state, (),
                      (count, lost, paint, trees, maybe, bytes, choice, pair,
                       list))
struct two {
  std::int64_t a = 0;
  std::int64_t b = 0;
};
BOOST_DESCRIBE_STRUCT(two, (), (a, b))

}  // namespace changes_old

namespace changes_new {

enum class color { red, blue };
BOOST_DESCRIBE_ENUM(color, red, blue)
struct tree {
  std::int64_t weight = 0;
  std::vector<tree> children;
  std::string label;
};
BOOST_DESCRIBE_STRUCT(tree, (), (weight, children, label))
struct state {
  static constexpr instar::renamed renames[]{{"count", "total"}};
  std::int64_t total = 0;
  color paint = color::red;
  std::map<std::string, tree> trees;
  std::optional<std::int64_t> maybe;
  std::array<std::int8_t, 4> bytes{};
  std::variant<tree, std::string> choice;
  std::tuple<std::int8_t, tree> pair;
  std::map<std::int32_t, std::int32_t> list;
  bool added = false;
};
BOOST_DESCRIBE_STRUCT(state, (),
                      (total, paint, trees, maybe, bytes, choice, pair, list,
                       added))
struct two {
  std::int64_t b = 0;
  std::int64_t a = 0;
};
BOOST_DESCRIBE_STRUCT(two, (), (b, a))

}  // namespace changes_new

namespace {

using instar::type_changes;
using instar::type_of;

std::string told(const std::vector<std::string>& changes) {
  std::string all;
  for (const auto& one : changes)
    all += one + '\n';
  return all;
}

}  // namespace

TEST_SUITE("module/type_changes") {
  TEST_CASE("fields and enumerators are told however deep they lie") {
    CHECK("\n" + told(type_changes(type_of<changes_old::state>(),
                                   type_of<changes_new::state>())) ==
          R"(
count is now total
total was int4 and is int8
lost is gone
paint has no enumerator green any more
paint has the new enumerator blue
trees[].weight was int4 and is int8
trees[].label is new
maybe was int4 and is int8
bytes was array<int1,3> and is array<int1,4>
choice was variant<changes_old.tree,string> and is variant<changes_new.tree,string>
pair was tuple<int1,changes_old.tree> and is tuple<int1,changes_new.tree>
list was vector<int4> and is map<int4,int4>
added is new
)");
  }

  TEST_CASE("going down what was new is gone") {
    const auto down = told(type_changes(type_of<changes_new::state>(),
                                        type_of<changes_old::state>()));
    CHECK(down.find("total is now count\n") != std::string::npos);
    CHECK(down.find("added is gone\n") != std::string::npos);
    CHECK(down.find("lost is new\n") != std::string::npos);
  }

  TEST_CASE("another order alone is told by the first place that differs") {
    CHECK(
        told(type_changes(type_of<changes_old::two>(),
                          type_of<changes_new::two>())) ==
        "its layout differs: field a is int8 at 8 but int8 at 0 is declared\n");
  }

  TEST_CASE("equal layouts have no changes") {
    CHECK(type_changes(type_of<changes_old::state>(),
                       type_of<changes_old::state>())
              .empty());
  }
}
