#include "tests/module/json_help.hpp"
#include "tests/module/types.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar {
namespace {

namespace json = boost::json;
using test::refusal;

}  // namespace

TEST_SUITE("module/type_json_read") {
  TEST_CASE("a value of the wrong kind is refused with its path") {
    CHECK(refusal<shop::counter>("[]") ==
          "shop.counter: expected an object (shop.counter), found an array");
    CHECK(refusal<shop::counter>(R"({"count": "x"})") ==
          "shop.counter.count: expected an integer, found \"x\"");
    CHECK(refusal<shop::counter>(R"({"count": 1.5})") ==
          "shop.counter.count: expected an integer, found 1.5");
    CHECK(refusal<shop::counter>(R"({"name": null})") ==
          "shop.counter.name: expected a text, found null");
    CHECK(refusal<shop::compounds>(R"({"list": [{}, {"most": true}]})") ==
          "shop.compounds.list[1].most: expected an integer, found true");
    CHECK(refusal<shop::compounds>(R"({"map": {"x": {"least": {}}}})") ==
          "shop.compounds.map[\"x\"].least: expected an integer, found an "
          "object");
    CHECK(refusal<shop::compounds>(R"({"vector": {}})") ==
          "shop.compounds.vector: expected an array, found an object");
    CHECK(refusal<bool>("0") == "bool: expected true or false, found 0");
    CHECK(refusal<double>("\"1\"") == "float8: expected a number, found \"1\"");
    CHECK(refusal<std::monostate>("0") == "unit: expected null, found 0");
  }

  TEST_CASE("an unknown name is refused with the nearest known one") {
    CHECK(refusal<shop::counter>(R"({"cuont": 1})") ==
          "shop.counter: shop.counter has no field cuont; did you mean count?");
    CHECK(refusal<shop::color>("\"gren\"") ==
          "shop.color: shop.color has no enumerator gren; did you mean green?");
    CHECK(refusal<shop::color>("\"turquoise\"") ==
          "shop.color: shop.color has no enumerator turquoise");
  }

  TEST_CASE("a number that does not fit is refused") {
    CHECK(refusal<std::int8_t>("128") == "int1: 128 does not fit in int1");
    CHECK(refusal<std::int8_t>("-129") == "int1: -129 does not fit in int1");
    CHECK(refusal<std::uint8_t>("256") == "uint1: 256 does not fit in uint1");
    CHECK(refusal<std::uint64_t>("-1") == "uint8: -1 does not fit in uint8");
    CHECK(refusal<std::int64_t>("9223372036854775808") ==
          "int8: 9223372036854775808 does not fit in int8");
    CHECK(refusal<std::int32_t>(R"({"$int": "2147483648"})") ==
          "int4: 2147483648 does not fit in int4");
    CHECK(refusal<std::uint64_t>(R"({"$int": "18446744073709551616"})") ==
          "uint8: expected an integer, found an object");
    CHECK(refusal<std::int64_t>(R"({"$int": "-"})") ==
          "int8: expected an integer, found an object");
    CHECK(refusal<float>("1e39") == "float4: 1e+39 does not fit in float4");
    CHECK(refusal<shop::color>("256") ==
          "shop.color: 256 does not fit in uint1");
  }

  TEST_CASE("a wrong number of elements is refused") {
    CHECK(refusal<std::array<int, 2>>("[1]") ==
          "array<int4,2>: expected 2 elements, found 1");
    CHECK(refusal<std::pair<int, bool>>("[1, true, 3]") ==
          "pair<int4,bool>: expected 2 elements, found 3");
    CHECK(refusal<std::array<int, 2>>("0") ==
          "array<int4,2>: expected an array of 2, found 0");
    CHECK(refusal<std::optional<std::optional<int>>>("5") ==
          "optional<optional<int4>>: expected an array of 1, found 5");
  }

  TEST_CASE("what is given twice is refused") {
    CHECK(refusal<std::set<int>>("[1, 2, 1]") ==
          "set<int4>: element [2] is given twice");
    CHECK(refusal<std::map<int, int>>("[[1, 2], [1, 3]]") ==
          "map<int4,int4>: the key of [1] is given twice");
  }

  TEST_CASE("a map that is neither an object nor pairs is refused") {
    CHECK(refusal<std::map<std::string, int>>("5") ==
          "map<string,int4>: expected an object or an array of pairs, found 5");
    CHECK(refusal<std::map<int, int>>("{}") ==
          "map<int4,int4>: expected an array of pairs, found an object");
    CHECK(refusal<std::map<int, int>>("[[1]]") ==
          "map<int4,int4>: [0] is no pair of a key and a value");
  }

  TEST_CASE("a variant without a known alternative is refused") {
    using choice = std::variant<int, shop::circle>;
    CHECK(refusal<choice>("5") ==
          "variant<int4,shop.circle>: expected an object of $variant and "
          "value, found 5");
    CHECK(refusal<choice>(R"({"$variant": 2, "value": 5})") ==
          "variant<int4,shop.circle>: 2 is no alternative of "
          "variant<int4,shop.circle>");
    CHECK(refusal<choice>(R"({"$variant": "shop.square", "value": 5})") ==
          "variant<int4,shop.circle>: \"shop.square\" is no alternative of "
          "variant<int4,shop.circle>");
    CHECK(refusal<choice>(R"({"$variant": 1, "value": {"radius": "r"}})") ==
          "variant<int4,shop.circle>.value.radius: expected a number, found "
          "\"r\"");
  }

  TEST_CASE("bytes that are no base64 are refused") {
    for (const auto* text :
         {"A", "AB=A", "AB==AB==", "A===", "AC==", "A*==", "AAA"}) {
      CHECK(refusal<std::string>(json::serialize(json::object{
                {"$bytes", text}})) == "string: its $bytes are not base64");
    }
  }

  TEST_CASE("what a message shows of a long text is its length") {
    CHECK(refusal<int>('"' + std::string(41, 'x') + '"') ==
          "int4: expected an integer, found a text of 41 bytes");
  }
}

}  // namespace instar
