// Messages from outside, written as JSON.
#include "tests/support/test_node.hpp"

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("runtime/call_json_test") {
  TEST_CASE("a call and a cast may be written as JSON") {
    test_node t;
    const auto p = t.start_probe("server");
    const auto answer = t.node.call_json(
        "server",
        boost::json::object{{"ask", boost::json::object{{"text", "a"}}}});
    REQUIRE(answer);
    CHECK(*answer == "got a");
    REQUIRE(t.node.cast_json(
        p, boost::json::object{
               {"instar.test.say", boost::json::object{{"text", "b"}}}}));
    t.sched.run_until_idle();
    CHECK(t.heard(p) == strings{"call a", "cast b"});
  }

  TEST_CASE("JSON that is no message is refused and says what would be") {
    test_node t;
    const auto p = t.start_probe();
    const auto tag_of = [&](const value& m) {
      const auto answer = t.node.call_json(p, m);
      return answer ? std::string("answered") : answer.error().tag();
    };
    CHECK(tag_of("ask") == "badarg");
    CHECK(tag_of(boost::json::object{}) == "badarg");
    const auto unknown_name =
        t.node.call_json(p, boost::json::object{{"say", {}}});
    REQUIRE_FALSE(unknown_name);
    CHECK(unknown_name.error().context ==
          "probe takes no say as a call; it takes: ask, run_plain, run_task");
    CHECK_FALSE(t.node.call_json(
        p, boost::json::object{{"ask", boost::json::object{{"text", 1}}}}));
    CHECK_FALSE(t.node.call_json(
        p, boost::json::object{{"ask", boost::json::object{{"other", 1}}}}));
    t.exit(p, exit_reason::kill());
    CHECK(tag_of(boost::json::object{{"ask", boost::json::object{}}}) ==
          "noproc");
  }
}

}  // namespace instar::test
