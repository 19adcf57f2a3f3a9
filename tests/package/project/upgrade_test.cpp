// The turnstile's own tests: both versions in a node that is stepped.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <instar/testing.hpp>
#ifdef HAS_RAPIDCHECK
#include <instar/testing/rapidcheck.hpp>
#endif

using boost::json::object;

TEST_CASE("who has passed is counted on and counted back together") {
  instar::testing::stepped_node node;
  REQUIRE(node.start_application(TURNSTILE_LIB "/turnstile-1.0.0"));
  REQUIRE(node.cast_json("turnstile", {{"pass", {{"people", 12345}}}}));
  REQUIRE(node.upgrade_application(TURNSTILE_LIB "/turnstile-1.1.0"));
  REQUIRE(node.cast_json("turnstile",
                         {{"pass", {{"people", 5}, {"gate", "side"}}}}));
  CHECK(*node.state("turnstile") ==
        object{{"by_gate", {{"main", 12345}, {"side", 5}}}});
  REQUIRE(node.downgrade_application(TURNSTILE_LIB "/turnstile-1.0.0"));
  CHECK(*node.call_json("turnstile", "total") == "12 350");
}

#ifdef HAS_RAPIDCHECK
TEST_CASE("any count goes up and comes back") {
  instar::testing::stepped_node node;
  REQUIRE(node.start_application(TURNSTILE_LIB "/turnstile-1.0.0"));
  CHECK(rc::check([&] {
    const auto& type = *node.state_type("turnstile");
    const auto state = *instar::testing::any_value(type);
    RC_ASSERT(node.replace_state("turnstile", state));
    const auto trip =
        node.round_trip("turnstile", TURNSTILE_LIB "/turnstile-1.1.0");
    RC_ASSERT(trip);
    RC_ASSERT(trip->after == trip->before);
  }));
}
#endif
