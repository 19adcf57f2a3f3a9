// The counter of examples/counter, up and down. This text stands in
// docs/writing-modules.md, too.
#include <doctest/doctest.h>

#include <instar/testing.hpp>
#include <instar/testing/rapidcheck.hpp>

using boost::json::object;

TEST_CASE("1.1.0 goes on with the count and 1.0.0 with what 1.1.0 counted") {
  instar::testing::stepped_node node;
  REQUIRE(node.start_application(COUNTER_LIB "/counter-1.0.0"));
  REQUIRE(node.cast_json("counter", {{"add", {{"amount", 5}}}}));

  REQUIRE(node.upgrade_application(COUNTER_LIB "/counter-1.1.0"));
  CHECK(*node.state("counter") ==
        object{{"count", 5}, {"by_client", {{"before-1.1", 5}}}});
  REQUIRE(
      node.cast_json("counter", {{"add", {{"amount", 2}, {"client", "ann"}}}}));
  CHECK(*node.call_json("counter", "show") == "7");

  REQUIRE(node.downgrade_application(COUNTER_LIB "/counter-1.0.0"));
  CHECK(*node.state("counter") == object{{"count", 7}});
}

TEST_CASE("whatever 1.0.0 has counted comes back unchanged") {
  instar::testing::stepped_node node;
  REQUIRE(node.start_application(COUNTER_LIB "/counter-1.0.0"));
  CHECK(rc::check([&] {
    const auto& type = *node.state_type("counter");
    const auto state = *instar::testing::any_value(type);
    RC_ASSERT(node.replace_state("counter", state));
    const auto trip = node.round_trip("counter", COUNTER_LIB "/counter-1.1.0");
    RC_ASSERT(trip);
    RC_ASSERT(trip->above.at("count") == trip->before.at("count"));
    RC_ASSERT(trip->after == trip->before);
  }));
}
