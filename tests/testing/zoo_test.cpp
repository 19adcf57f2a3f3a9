// Random states of every described kind.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <instar/testing.hpp>
#include <instar/testing/rapidcheck.hpp>

using instar::value;
using instar::testing::stepped_node;

namespace {

constexpr const char* old_file = ZOO "-1.0.0/zoo.so";
constexpr const char* new_file = ZOO "-2.0.0/zoo.so";

void start_zoo(stepped_node& node) {
  REQUIRE(node.load(old_file));
  REQUIRE(node.start("zoo", {}, "zoo"));
}

}  // namespace

TEST_SUITE("testing/zoo") {
  TEST_CASE("a state of any kind is put in and goes up and down unchanged") {
    stepped_node node;
    start_zoo(node);
    bool had_pairs = false;
    CHECK(rc::check([&] {
      const auto state = *instar::testing::any_value(*node.state_type("zoo"));
      const auto put = node.replace_state("zoo", state);
      RC_ASSERT(put);
      const auto trip = node.round_trip("zoo", new_file);
      RC_ASSERT(trip);
      RC_ASSERT(trip->after == trip->before);
      RC_ASSERT(trip->above.at("plenty") == trip->before.at("many"));
      had_pairs =
          had_pairs || !trip->before.at("many").at("sets").as_array().empty();
      // What was read back can be put in again, and is the same then.
      RC_ASSERT(node.replace_state("zoo", trip->before));
      RC_ASSERT(*node.state("zoo") == trip->before);
    }));
    CHECK(had_pairs);
    CHECK(node.vsn("zoo") == "1.0.0");
  }

  TEST_CASE("equal states are equal JSON in whatever order they were filled") {
    stepped_node node;
    start_zoo(node);
    const auto filled = [&](const char* sets) {
      REQUIRE(node.replace_state(
          "zoo", {{"many",
                   {{"sets", boost::json::parse(sets)},
                    {"unsorted", boost::json::array{"b", "a", "c"}}}}}));
      const auto many = node.state("zoo")->at("many");
      CHECK(boost::json::serialize(many.at("unsorted")) == R"(["a","b","c"])");
      return boost::json::serialize(many.at("sets"));
    };
    const auto once = filled("[[1, [3, 2, 1]], [20, []]]");
    CHECK(once == "[[1,[1,2,3]],[20,[]]]");
    CHECK(filled("[[20, []], [1, [2, 1, 3]]]") == once);
  }
}
