#include "module/type_compare.hpp"

#include "module/type_of.hpp"

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace instar {
namespace {

struct leaf {
  std::int64_t count = 0;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(leaf, (), (count, text))

struct everything {
  leaf inner;
  double real = 0;
  std::vector<leaf> list;
  std::vector<bool> bits;
  std::array<std::int32_t, 3> three{};
  std::set<std::string> names;
  std::unordered_set<std::int64_t> numbers;
  std::map<std::string, leaf> by_name;
  std::unordered_map<std::int64_t, std::string> by_number;
  std::optional<leaf> maybe;
  std::unique_ptr<leaf> owned;
  std::variant<std::int64_t, std::string> either;
  std::pair<std::int64_t, std::string> both;
};
BOOST_DESCRIBE_STRUCT(everything, (),
                      (inner, real, list, bits, three, names, numbers, by_name,
                       by_number, maybe, owned, either, both))

everything made() {
  everything one;
  one.inner = {3, "x"};
  one.real = std::numeric_limits<double>::quiet_NaN();
  one.list = {{1, "a"}, {2, "b"}};
  one.bits = {true, false};
  one.three = {7, 8, 9};
  one.names = {"n", "m"};
  for (std::int64_t i = 0; i < 100; ++i)
    one.numbers.insert(i);
  one.by_name = {{"k", {4, "d"}}, {"l", {5, "e"}}};
  for (std::int64_t i = 0; i < 100; ++i)
    one.by_number[i] = "v";
  one.maybe = leaf{6, "f"};
  one.owned = std::make_unique<leaf>(leaf{7, "g"});
  one.either = std::string("e");
  one.both = {8, "h"};
  return one;
}

template <class Change>
std::string after(Change change) {
  const auto want = made();
  auto have = made();
  change(have);
  return value_difference(type_of<everything>(), &have, &want);
}

}  // namespace

TEST_SUITE("module/type_compare") {
  TEST_CASE("equal values do not differ whatever order their elements have") {
    CHECK(after([](everything& e) {
            e.numbers.clear();
            e.numbers.rehash(1000);
            for (std::int64_t i = 100; i-- > 0;)
              e.numbers.insert(i);
            e.by_number.rehash(1000);
          }) == "");
  }

  TEST_CASE("the first field that differs is named with both values") {
    CHECK(after([](everything& e) { e.inner.count = 4; }) ==
          "field inner.count is 4, not 3");
    CHECK(after([](everything& e) { e.real = 1; }) ==
          R"(field real is 1E0, not {"$float":"nan"})");
    CHECK(after([](everything& e) { e.list[1].text = "c"; }) ==
          R"(field list[1].text is "c", not "b")");
    CHECK(after([](everything& e) { e.list.pop_back(); }) ==
          "field list has 1 elements, not 2");
    CHECK(after([](everything& e) { e.bits[1] = true; }) ==
          "field bits is [true,true], not [true,false]");
    CHECK(after([](everything& e) { e.three[2] = 1; }) ==
          "field three[2] is 1, not 9");
    CHECK(after([](everything& e) { e.both.second = "i"; }) ==
          R"(field both.1 is "i", not "h")");
  }

  TEST_CASE("of sets and maps it is said what is missing") {
    CHECK(after([](everything& e) {
            e.names.erase("n");
            e.names.insert("o");
          }) == R"(field names lacks "n")");
    CHECK(after([](everything& e) {
            e.numbers.erase(50);
            e.numbers.insert(500);
          }) == "field numbers lacks 50");
    CHECK(after([](everything& e) { e.by_name.erase("k"); }) ==
          R"(field by_name lacks "k")");
    CHECK(after([](everything& e) { e.by_name["kk"]; }) ==
          R"(field by_name has "kk" too many)");
    CHECK(after([](everything& e) { e.by_name["z"]; }) ==
          R"(field by_name has "z" too many)");
    CHECK(after([](everything& e) { e.by_name["l"].count = 1; }) ==
          R"(field by_name["l"].count is 1, not 5)");
    CHECK(after([](everything& e) { e.by_number[50] = "w"; }) ==
          R"(field by_number[50] is "w", not "v")");
  }

  TEST_CASE("what may be empty or of several types differs in that too") {
    CHECK(after([](everything& e) { e.maybe->count = 1; }) ==
          "field maybe.count is 1, not 6");
    CHECK(after([](everything& e) { e.maybe.reset(); }) ==
          R"(field maybe is null, not {"count":6,"text":"f"})");
    CHECK(after([](everything& e) { e.owned->text = "h"; }) ==
          R"(field owned.text is "h", not "g")");
    CHECK(after([](everything& e) { e.either = std::string("f"); }) ==
          R"(field either is "f", not "e")");
    CHECK(after([](everything& e) {
            e.either = std::int64_t{1};
          }).starts_with("field either is "));
  }
}

}  // namespace instar
