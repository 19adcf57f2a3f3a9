#include "base/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace instar {
namespace {

constexpr std::array<std::string_view, 5> words = {
    "load_module", "add_module", "update", "suspend", "resume"};

}  // namespace

TEST_SUITE("base/text") {
  TEST_CASE("a pattern matches all of a text") {
    CHECK(matches("kv_shard_1", "kv_shard_1"));
    CHECK(matches("kv_shard_1", "kv_*"));
    CHECK(matches("kv_shard_1", "*_1"));
    CHECK(matches("kv_shard_1", "k*_*_?"));
    CHECK(matches("kv_shard_1", "**"));
    CHECK(matches("", "*"));
    CHECK(matches("", ""));
    CHECK_FALSE(matches("", "?"));
    CHECK_FALSE(matches("kv_shard_1", "kv"));
    CHECK_FALSE(matches("kv_shard_1", "shard*"));
    CHECK_FALSE(matches("kv_shard_1", "*_?_1"));
    // Not in exponential time.
    CHECK_FALSE(matches(std::string(4000, 'a'), "*a*a*a*a*a*a*a*a*a*a*a*a*b"));
  }

  TEST_CASE("the nearest word is found over one wrong letter") {
    CHECK(nearest("updat", words) == "update");
    CHECK(nearest("updates", words) == "update");
    CHECK(nearest("upbate", words) == "update");
  }

  TEST_CASE("two neighbours that changed places count as one mistake") {
    CHECK(nearest("upadte", words) == "update");
    constexpr std::array<std::string_view, 1> one = {"ab"};
    CHECK(nearest("ba", one) == "ab");
  }

  TEST_CASE("the nearest of several is taken") {
    CHECK(nearest("lad_module", words) == "load_module");
    CHECK(nearest("ad_module", words) == "add_module");
  }

  TEST_CASE("a word that is near to nothing has no nearest") {
    CHECK(nearest("frobnicate", words).empty());
    CHECK(nearest("", words).empty());
    CHECK(nearest("update", {}).empty());
  }

  TEST_CASE("a beginning stands for the only word that begins with it") {
    CHECK(nearest("sus", words) == "suspend");
    CHECK(nearest("load", words) == "load_module");
    CHECK(nearest("su", words).empty());
    constexpr std::array<std::string_view, 2> two = {"load_module",
                                                     "load_object_code"};
    CHECK(nearest("load_", two).empty());
  }

  TEST_CASE("a very long word is not compared at all") {
    const std::string lengthy(65, 'a');
    const std::array<std::string_view, 1> same = {lengthy};
    CHECK(nearest(lengthy, same).empty());
  }
}

}  // namespace instar
