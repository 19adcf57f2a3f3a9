#include "tests/support/result.hpp"
#include "tests/upgrade/example_node.hpp"

#include <doctest/doctest.h>

namespace instar::testing {
namespace {

TEST_SUITE("upgrade/counter") {
  TEST_CASE("the counter keeps its count through an upgrade and back") {
    example_node node(INSTAR_EXAMPLES_FOLDER "/counter", "counter");
    const auto started = node.start("1.0.0", {{"start_at", 1000}});
    REQUIRE_MESSAGE(started, started.error().message());
    const auto add = [&](std::int64_t amount) {
      CHECK(node.node().cast_json(
          "counter", {{"add", {{"amount", amount}, {"client", "me"}}}}));
    };
    const auto ask = [&](const char* what) {
      const auto answer =
          node.node().call_json("counter", {{what, boost::json::object()}});
      REQUIRE_MESSAGE(answer, answer.error().message());
      return *answer;
    };
    add(234);
    CHECK(ask("get") == value(1234));
    CHECK(ask("show") == value("1234"));

    const example_node::updates up = {
        {"counter", {{"earlier_counts", "before-1.1"}}},
        {"counter_format", {}}};
    const auto upgraded = node.change_to("1.1.0", up, direction::up);
    REQUIRE_MESSAGE(upgraded, upgraded.error().message());
    add(1);
    CHECK(ask("show") == value("1,235"));
    CHECK(ask("clients") == value({{"before-1.1", 1234}, {"me", 1}}));

    const example_node::updates down = {{"counter", {}},
                                        {"counter_format", {}}};
    const auto downgraded = node.change_to("1.0.0", down, direction::down);
    REQUIRE_MESSAGE(downgraded, downgraded.error().message());
    CHECK(ask("show") == value("1235"));
  }
}

}  // namespace
}  // namespace instar::testing
