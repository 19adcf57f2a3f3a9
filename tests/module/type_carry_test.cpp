#include "module/type_carry.hpp"

#include "module/type_of.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carry_old {

enum class color { red, green };
BOOST_DESCRIBE_ENUM(color, red, green)
struct point {
  std::int16_t x = 0;
  std::uint8_t y = 0;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))
struct state {
  std::int32_t count = 0;
  std::string name;
  color paint = color::red;
  point at;
  std::vector<int> list;
  float ratio = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (count, name, paint, at, list, ratio))
struct with_pointer {
  std::unique_ptr<int> owned;
};
BOOST_DESCRIBE_STRUCT(with_pointer, (), (owned))

}  // namespace carry_old

namespace carry_new {

enum class color { blue, green, red };
BOOST_DESCRIBE_ENUM(color, blue, green, red)
struct point {
  std::int32_t y = 7;
  std::int64_t x = 0;
  int z = 9;
};
BOOST_DESCRIBE_STRUCT(point, (), (y, x, z))
struct state {
  std::vector<int> list;
  std::optional<std::string> added = "kept";
  std::int64_t count = 0;
  color paint = color::blue;
  point at;
  std::string name;
  double ratio = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (list, added, count, paint, at, name, ratio))
struct narrow {
  std::int16_t count = 0;
};
BOOST_DESCRIBE_STRUCT(narrow, (), (count))
struct other_list {
  std::vector<long> list;
};
BOOST_DESCRIBE_STRUCT(other_list, (), (list))

struct renamed_once {
  static constexpr instar::renamed renames[]{{"count", "total"}};
  std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(renamed_once, (), (total))
// The old name is in use again, for something else.
struct renamed_and_reused {
  static constexpr instar::renamed renames[]{{"count", "total"}};
  std::int64_t count = 40;
  std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(renamed_and_reused, (), (count, total))

}  // namespace carry_new

// One type by name, in two versions.
namespace shape {
namespace instar_v_old {
struct point {
  int x = 0;
};
BOOST_DESCRIBE_STRUCT(point, (), (x))
struct points {
  std::vector<point> all;
};
BOOST_DESCRIBE_STRUCT(points, (), (all))
}  // namespace instar_v_old
namespace instar_v_new {
struct point {
  int x = 0;
  int y = 0;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))
struct points {
  std::vector<point> all;
};
BOOST_DESCRIBE_STRUCT(points, (), (all))
}  // namespace instar_v_new
}  // namespace shape

namespace {

struct only_list {
  std::vector<int> list;
};
BOOST_DESCRIBE_STRUCT(only_list, (), (list))
struct only_count {
  std::int32_t count = 0;
};
struct wide_count {
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(wide_count, (), (count))
BOOST_DESCRIBE_STRUCT(only_count, (), (count))

using instar::carry_over;
using instar::carry_problem;
using instar::dropped_fields;
using instar::type_of;

}  // namespace

TEST_SUITE("module/type_carry") {
  TEST_CASE(
      "fields go over by name and wider and new ones keep their initialisers") {
    const auto& from = type_of<carry_old::state>();
    const auto& to = type_of<carry_new::state>();
    REQUIRE(carry_problem(to, from, dropped_fields::refused) == "");
    const carry_old::state old{-5,
                               "a name that is too long for the small buffer",
                               carry_old::color::green,
                               {-3, 200},
                               {1, 2, 3},
                               0.5F};
    carry_new::state made;
    carry_over(to, &made, from, &old);
    CHECK(made.count == -5);
    CHECK(made.name == old.name);
    CHECK(made.paint == carry_new::color::green);
    CHECK(made.at.x == -3);
    CHECK(made.at.y == 200);
    CHECK(made.at.z == 9);
    CHECK(made.list == std::vector{1, 2, 3});
    CHECK(made.ratio == 0.5);
    CHECK(made.added == "kept");
    CHECK(old.list.size() == 3);
  }

  TEST_CASE(
      "a dropped field is refused for a state and allowed for a message") {
    const auto& from = type_of<carry_old::state>();
    const auto& to = type_of<only_list>();
    CHECK(carry_problem(to, from, dropped_fields::refused) ==
          "field count would be dropped: write a code_change");
    REQUIRE(carry_problem(to, from, dropped_fields::allowed) == "");
    carry_old::state old;
    old.list = {4};
    only_list made;
    carry_over(to, &made, from, &old);
    CHECK(made.list == std::vector{4});
  }

  TEST_CASE("a declared rename is followed both ways") {
    const auto& plain = type_of<wide_count>();
    const auto& once = type_of<carry_new::renamed_once>();
    REQUIRE(carry_problem(once, plain, dropped_fields::refused) == "");
    const wide_count old{5};
    carry_new::renamed_once made;
    carry_over(once, &made, plain, &old);
    CHECK(made.total == 5);
    REQUIRE(carry_problem(plain, once, dropped_fields::refused) == "");
    wide_count back;
    carry_over(plain, &back, once, &made);
    CHECK(back.count == 5);
  }

  TEST_CASE("an old name that is used again does not take the value") {
    const auto& plain = type_of<wide_count>();
    const auto& once = type_of<carry_new::renamed_once>();
    const auto& reused = type_of<carry_new::renamed_and_reused>();
    const wide_count old{5};
    carry_new::renamed_and_reused made;
    REQUIRE(carry_problem(reused, plain, dropped_fields::refused) == "");
    carry_over(reused, &made, plain, &old);
    CHECK(made.total == 5);
    CHECK(made.count == 40);
    const carry_new::renamed_once between{6};
    REQUIRE(carry_problem(reused, once, dropped_fields::refused) == "");
    carry_over(reused, &made, once, &between);
    CHECK(made.total == 6);
    CHECK(made.count == 40);
    CHECK(carry_problem(plain, reused, dropped_fields::refused) ==
          "field count would be dropped: write a code_change");
    wide_count back;
    carry_over(plain, &back, reused, &made);
    CHECK(back.count == 6);
  }

  TEST_CASE("a narrowed field is refused by name") {
    CHECK(carry_problem(type_of<carry_new::narrow>(), type_of<only_count>(),
                        dropped_fields::refused) ==
          "field count was int4 and is int2: write a code_change for it");
  }

  TEST_CASE("a container whose element changed is refused by name") {
    CHECK(
        carry_problem(type_of<carry_new::other_list>(), type_of<only_list>(),
                      dropped_fields::refused) ==
        "field list was vector<int4> and is vector<int8>: write a code_change "
        "for it");
  }

  TEST_CASE("a container whose element has its name alone is refused too") {
    CHECK(carry_problem(type_of<shape::instar_v_new::points>(),
                        type_of<shape::instar_v_old::points>(),
                        dropped_fields::allowed) ==
          "field all is vector<shape.point>, whose contents differ: write a "
          "code_change for it");
  }

  TEST_CASE("a lost enumerator is refused by name") {
    CHECK(carry_problem(type_of<carry_old::color>(),
                        type_of<carry_new::color>(), dropped_fields::allowed) ==
          "the value: enumerator blue is gone: write a code_change");
  }

  TEST_CASE("all that does not carry over is told with what to write") {
    const auto found = instar::carry_faults(type_of<carry_new::narrow>(),
                                            type_of<carry_old::state>(),
                                            dropped_fields::refused);
    std::string told;
    for (const auto& [text, advice] : found)
      told += text + " (" + advice + ")\n";
    CHECK(told ==
          "field count was int4 and is int2 (write a code_change for it)\n"
          "field name would be dropped (write a code_change)\n"
          "field paint would be dropped (write a code_change)\n"
          "field at would be dropped (write a code_change)\n"
          "field list would be dropped (write a code_change)\n"
          "field ratio would be dropped (write a code_change)\n");
    CHECK(instar::carry_faults(type_of<carry_new::state>(),
                               type_of<carry_old::state>(),
                               dropped_fields::refused)
              .empty());
  }

  TEST_CASE("what cannot be copied is refused by name") {
    CHECK(carry_problem(type_of<carry_old::with_pointer>(),
                        type_of<carry_old::with_pointer>(),
                        dropped_fields::refused) ==
          "the value cannot be copied: carry it with adopt()");
  }
}
