#include "module/type_of.hpp"
#include "module/type_walk.hpp"
#include "tests/module/json_help.hpp"
#include "tests/module/types.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace instar {
namespace {

namespace json = boost::json;

using test::read;
using test::refusal;
using test::round_trip;
using test::shown;

shop::scalars filled_scalars() {
  shop::scalars made;
  made.flag = true;
  made.letter = 'z';
  made.int1 = -128;
  made.uint1 = 255;
  made.int2 = -32768;
  made.uint2 = 65535;
  made.int4 = -2147483647 - 1;
  made.uint4 = 4294967295;
  made.int8 = std::numeric_limits<std::int64_t>::min();
  made.uint8 = std::numeric_limits<std::uint64_t>::max();
  made.single = 1.5F;
  made.real = 0.1;
  made.longest = 0.1L;
  made.color = shop::color::green;
  made.wait = std::chrono::milliseconds(1500);
  made.pause = std::chrono::duration<double>(0.25);
  made.at = std::chrono::system_clock::time_point(std::chrono::seconds(3));
  made.text = "na\xC3\xAFve";
  made.dynamic = {1, "two", nullptr};
  return made;
}

shop::compounds filled_compounds() {
  shop::compounds made;
  made.vector = {1, 2};
  made.bits = {true, false};
  made.deque = {"a"};
  made.list = {{1, 2}};
  made.set = {"b", "a"};
  made.multiset = {2, 1, 2};
  made.unordered_set = {7};
  made.map = {{"x", {3, 4}}};
  made.colors = {{shop::color::green, 5}};
  made.numbers = {{-1, "minus"}};
  made.multimap = {{"k", 1}, {"k", 2}};
  made.unordered_map = {{"u", 1}};
  made.pair = {1, "p"};
  made.tuple = {2, "t"};
  made.array = {1, 2, 3};
  made.optional = 4;
  made.twice = std::optional<std::int32_t>();
  made.maybe = value(nullptr);
  made.variant = shop::circle{2.5};
  return made;
}

}  // namespace

TEST_SUITE("module/type_json") {
  TEST_CASE("scalars are shown in full") {
    CHECK(shown(filled_scalars()) ==
          R"({"flag":true,"letter":122,"int1":-128,"uint1":255,"int2":-32768,)"
          R"("uint2":65535,"int4":-2147483648,"uint4":4294967295,)"
          R"("int8":{"$int":"-9223372036854775808"},)"
          R"("uint8":{"$int":"18446744073709551615"},"single":1.5E0,)"
          R"("real":1E-1,"longest":{"$float":"0.100000000000000000001"},)"
          R"("color":"green","wait":1500,"pause":2.5E-1,"at":3000000000,)"
          "\"text\":\"na\xC3\xAFve\","
          R"("dynamic":[1,"two",null],"unit":null})");
  }

  TEST_CASE("compounds are shown in full") {
    CHECK(shown(filled_compounds()) ==
          R"({"vector":[1,2],"bits":[true,false],"deque":["a"],)"
          R"("list":[{"least":1,"most":2}],"set":["a","b"],)"
          R"("multiset":[1,2,2],"unordered_set":[7],)"
          R"("map":{"x":{"least":3,"most":4}},"colors":{"green":5},)"
          R"("numbers":[[-1,"minus"]],"multimap":[["k",1],["k",2]],)"
          R"("unordered_map":{"u":1},"pair":[1,"p"],"tuple":[2,"t"],)"
          R"("array":[1,2,3],"optional":4,"twice":[null],"maybe":[null],)"
          R"("variant":{"$variant":"shop.circle","value":{"radius":2.5E0}},)"
          R"("empty":{}})");
  }

  TEST_CASE("what is written can be read back through text") {
    CHECK(round_trip(filled_scalars()) == filled_scalars());
    CHECK(round_trip(shop::scalars()) == shop::scalars());
    CHECK(round_trip(filled_compounds()) == filled_compounds());
    CHECK(round_trip(shop::compounds()) == shop::compounds());
  }

  TEST_CASE("move-only and recursive types can be read back") {
    shop::owner owner;
    owner.limits_of = std::make_unique<shop::limits>(shop::limits{1, 2});
    owner.numbers["one"] = std::make_unique<std::int32_t>(1);
    owner.numbers["none"];
    CHECK(shown(round_trip(owner)) ==
          R"({"limits_of":{"least":1,"most":2},"numbers":)"
          R"({"none":null,"one":1}})");
    shop::tree tree;
    tree.left = std::make_unique<shop::tree>();
    tree.left->number = 5;
    tree.others.resize(2);
    CHECK(shown(round_trip(tree)) == shown(tree));
  }

  TEST_CASE("integers up to 2^53 are numbers and larger ones texts") {
    constexpr auto exact = std::int64_t{1} << 53;
    CHECK(shown(exact) == "9007199254740992");
    CHECK(shown(exact + 1) == R"({"$int":"9007199254740993"})");
    CHECK(shown(-exact) == "-9007199254740992");
    CHECK(shown(-exact - 1) == R"({"$int":"-9007199254740993"})");
    CHECK(shown(static_cast<std::uint64_t>(exact)) == "9007199254740992");
    CHECK(round_trip(-exact - 1) == -exact - 1);
  }

  TEST_CASE("numbers that are not finite are texts") {
    const auto infinite = std::numeric_limits<double>::infinity();
    CHECK(shown(infinite) == R"({"$float":"inf"})");
    CHECK(shown(-infinite) == R"({"$float":"-inf"})");
    CHECK(shown(std::nan("")) == R"({"$float":"nan"})");
    CHECK(round_trip(-infinite) == -infinite);
    CHECK(std::isnan(round_trip(std::nan(""))));
    CHECK(round_trip(std::numeric_limits<float>::infinity()) ==
          std::numeric_limits<float>::infinity());
  }

  TEST_CASE("bytes that are no UTF-8 are base64") {
    CHECK(shown(std::string("\xFF\x00\x01", 3)) == R"({"$bytes":"/wAB"})");
    CHECK(shown(std::string("\xED\xA0\x80")) == R"({"$bytes":"7aCA"})");
    CHECK(shown(std::string("\xC0\x80")) == R"({"$bytes":"wIA="})");
    CHECK(shown(std::string("\xF4\x90\x80\x80")) == R"({"$bytes":"9JCAgA=="})");
    CHECK(shown(std::string("a\xE2\x82")) == R"({"$bytes":"YeKC"})");
    CHECK(shown(std::string("\xF4\x8F\xBF\xBF")) == "\"\xF4\x8F\xBF\xBF\"");
    for (int length = 0; length < 8; ++length) {
      const std::string bytes(static_cast<std::size_t>(length), '\xFE');
      CHECK(round_trip(bytes) == bytes);
    }
  }

  TEST_CASE("a map whose keys are no texts is an array of pairs") {
    const std::map<std::string, int> map{{"\xFF", 1}, {"a", 2}};
    CHECK(shown(map) == R"([["a",2],[{"$bytes":"/w=="},1]])");
    CHECK(round_trip(map) == map);
  }

  TEST_CASE("an alternative whose type is not the only one is an index") {
    using choice = std::variant<int, int, std::string>;
    CHECK(shown(choice(std::in_place_index<1>, 5)) ==
          R"({"$variant":1,"value":5})");
    CHECK(round_trip(choice(std::in_place_index<1>, 5)).index() == 1);
    CHECK(read<choice>(json::parse(R"({"$variant":2,"value":"x"})")).index() ==
          2);
  }

  TEST_CASE("an enumeration without a name for its number is the number") {
    const auto odd = static_cast<shop::color>(9);
    CHECK(shown(odd) == "9");
    CHECK(round_trip(odd) == odd);
  }

  TEST_CASE("fields that are not given keep their values") {
    shop::limits limits{1, 2};
    REQUIRE(from_value(type_of<shop::limits>(), &limits,
                       json::parse(R"({"most": 7})")));
    CHECK(limits == shop::limits{1, 7});
  }

  TEST_CASE("a container that is given replaces the old one") {
    std::vector<int> numbers{1, 2, 3};
    REQUIRE(
        from_value(type_of<std::vector<int>>(), &numbers, json::parse("[4]")));
    CHECK(numbers == std::vector<int>{4});
  }

  TEST_CASE("an object nested ten thousand deep is cut off where it is shown") {
    shop::tree tree;
    auto* last = &tree;
    for (int i = 0; i < 10000; ++i) {
      last->left = std::make_unique<shop::tree>();
      last = last->left.get();
    }
    const auto text = shown(tree);
    CHECK(text.find(R"({"$opaque":"shop.tree"})") != std::string::npos);
    CHECK(text.size() < 10000);
    CHECK(refusal<shop::tree>(text).ends_with(".left: deeper than 200 levels"));
    // Unlinked one by one: the destructors would nest.
    while (tree.left)
      tree.left = std::exchange(tree.left->left, nullptr);
  }

  TEST_CASE("JSON nested ten thousand deep is refused or cut off") {
    value nested;
    for (int i = 0; i < 10000; ++i)
      nested = json::array{std::move(nested)};
    CHECK(shown(nested) == R"({"$opaque":"value"})");
    value object;
    const auto as_value = from_value(type_of<value>(), &object, nested);
    REQUIRE_FALSE(as_value);
    CHECK(as_value.error().message() == "value: deeper than 200 levels");

    value trees = json::object();
    for (int i = 0; i < 10000; ++i) {
      trees = json::object{{"left", std::move(trees)}};
    }
    shop::tree tree;
    const auto done = from_value(type_of<shop::tree>(), &tree, trees);
    REQUIRE_FALSE(done);
    CHECK(
        done.error().message().ends_with(".left.left: deeper than 200 levels"));
  }
}

}  // namespace instar
