#include "module/type_of.hpp"
#include "module/type_walk.hpp"
#include "tests/module/types.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar {
namespace {

namespace v2 = shop::instar_v_shop_v2;

template <class Have, class Want>
std::string difference() {
  return layout_difference(type_of<Have>(), type_of<Want>());
}

}  // namespace

TEST_SUITE("module/type_layout") {
  TEST_CASE("a layout names every field with its kind size and offset") {
    CHECK(layout_text(type_of<shop::counter>()) ==
          "shop.counter{count:int8@0;name:string@8}#40/8");
    CHECK(layout_text(type_of<shop::nothing>()) == "shop.nothing{}#1/1");
  }

  TEST_CASE("every scalar has a word in a layout") {
    CHECK(layout_text(type_of<shop::scalars>()) ==
          "shop.scalars{flag:bool@0;letter:int1@1;int1:int1@2;uint1:uint1@3;"
          "int2:int2@4;uint2:uint2@6;int4:int4@8;uint4:uint4@12;int8:int8@16;"
          "uint8:uint8@24;single:float4@32;real:float8@40;longest:float16@48;"
          "color:shop.color{red=1;green=2}:uint1@64;"
          "wait:duration<int8,1/1000>@72;pause:duration<float8,1/1>@80;"
          "at:time_point<int8,1/1000000000>@88;text:string@96;"
          "dynamic:value@128;unit:unit@152}#160/16");
  }

  TEST_CASE("every compound has a word in a layout") {
    CHECK(layout_text(type_of<shop::compounds>()) ==
          "shop.compounds{vector:vector<int4>@0;bits:vector<bool>@24;"
          "deque:deque<string>@64;"
          "list:list<shop.limits{least:int4@0;most:int8@8}#16/8>@144;"
          "set:set<string>@168;multiset:multiset<int4>@216;"
          "unordered_set:unordered_set<int8>@264;"
          "map:map<string,^shop.limits>@320;"
          "colors:map<shop.color{red=1;green=2}:uint1,int4>@368;"
          "numbers:map<int4,string>@416;multimap:multimap<string,int4>@464;"
          "unordered_map:unordered_map<string,int4>@512;"
          "pair:pair{0:int4;1:string}#40/8@568;"
          "tuple:tuple{0:int4;1:string}#40/8@608;array:array<int2,3>@648;"
          "optional:optional<int4>@656;twice:optional<optional<int4>>@664;"
          "maybe:optional<value>@680;"
          "variant:variant<unit,shop.circle{radius:float8@0}#8/8,int4,int4>"
          "@712;empty:shop.nothing{}#1/1@728}#736/8");
  }

  TEST_CASE("a recursive type refers to itself") {
    CHECK(layout_text(type_of<shop::tree>()) ==
          "shop.tree{number:int4@0;left:unique_ptr<^shop.tree>@8;"
          "others:vector<^shop.tree>@16}#40/8");
  }

  TEST_CASE("two types of one name are told apart where they are referred to") {
    using both = std::tuple<shop::limits, v2::limits, v2::limits, shop::limits>;
    CHECK(layout_text(type_of<both>()) ==
          "tuple{0:shop.limits{least:int4@0;most:int8@8}#16/8;"
          "1:shop.limits{least:int4@0;most:int4@4}#8/4;2:^shop.limits#2;"
          "3:^shop.limits}#48/8");
  }

  TEST_CASE("a pair is not laid out as a tuple and does not look like one") {
    using pair = std::pair<std::int32_t, std::string>;
    using tuple = std::tuple<std::int32_t, std::string>;
    CHECK(difference<pair, tuple>() ==
          "it is pair<int4,string> but tuple<int4,string> is declared");
    CHECK(difference<std::vector<int>, std::vector<long>>() ==
          "it is vector<int4> but vector<int8> is declared");
  }

  TEST_CASE("equal layouts have no difference whatever the types are called") {
    CHECK(difference<shop::counter, shop::counter>() == "");
    CHECK(difference<shop::counter, v2::twin>() == "");
    CHECK(difference<shop::tree, v2::tree>() == "");
    CHECK(difference<shop::tree, v2::plant>() == "");
    CHECK(difference<shop::compounds, shop::compounds>() == "");
  }

  TEST_CASE("a difference names the first field that differs") {
    CHECK(difference<shop::counter, v2::reordered>() ==
          "field name is string at 8 but string at 0 is declared");
    CHECK(difference<v2::resized, shop::counter>() ==
          "field count is int4 at 0 but int8 at 0 is declared");
    CHECK(difference<shop::counter, v2::renamed>() ==
          "field amount is missing but int8 at 0 is declared");
    CHECK(difference<v2::shorter, shop::counter>() ==
          "field name is missing but string at 8 is declared");
    CHECK(difference<shop::counter, v2::shorter>() ==
          "field name is string at 8 but is not declared");
    CHECK(difference<shop::counter, std::string>() ==
          "it is shop.counter but string is declared");
  }

  TEST_CASE("a difference deep inside is found with its path") {
    CHECK(difference<shop::deep::state1, shop::deep::state2>() ==
          "field table[][].most is int8 at 8 but int4 at 4 is declared");
    CHECK(difference<shop::deep::state1, shop::deep::state3>() ==
          "field color has no enumerator green = 3, which is declared");
    CHECK(difference<shop::color, v2::color>() ==
          "it has no enumerator green = 3, which is declared");
    CHECK(difference<std::variant<int, shop::limits>,
                     std::variant<int, v2::limits>>() ==
          "field <1>.most is int8 at 8 but int4 at 4 is declared");
  }

  TEST_CASE("offsets agree for types that are described in full") {
    CHECK(offset_mismatch(type_of<shop::scalars>()) == "");
    CHECK(offset_mismatch(type_of<shop::compounds>()) == "");
    CHECK(offset_mismatch(type_of<shop::tree>()) == "");
    CHECK(offset_mismatch(type_of<shop::owner>()) == "");
    CHECK(offset_mismatch(type_of<shop::sealed>()) == "");
  }

  TEST_CASE("a private member that is not described is found by the offsets") {
    CHECK(offset_mismatch(type_of<shop::gap>()) ==
          "field last_ of shop.gap lies at 16, not at 8 where the described "
          "fields before it end: describe every member, in its order");
    CHECK(offset_mismatch(type_of<shop::tail>()) ==
          "shop.tail has 16 bytes, but its described fields take 8: describe "
          "every member");
    CHECK(offset_mismatch(type_of<shop::holds_gap>()) ==
          offset_mismatch(type_of<shop::gap>()));
  }
}

}  // namespace instar
