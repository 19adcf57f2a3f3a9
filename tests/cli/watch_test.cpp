// instar watch and instar metrics.
#include "cli/watch.hpp"

#include "tests/cli/operator.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar::cli::test {
namespace {

std::string shown(std::string_view event) {
  return watch_line(
      boost::json::parse({event.data(), event.size()}).as_object());
}

}  // namespace

TEST_SUITE("cli/watch") {
  TEST_CASE("each event is a line") {
    CHECK(shown(R"({"event": "status", "release": "kvd", "vsn": "1.0",
        "status": "permanent", "processes": 9, "upgrade": null})") ==
          "kvd 1.0 (permanent) runs, 9 processes\n");
    CHECK(shown(R"({"event": "status", "release": "kvd", "vsn": "1.0",
        "status": "permanent", "processes": 9, "upgrade": {"operation":
        "install of 1.1", "by": "bob", "since": "noon"}})") ==
          "kvd 1.0 (permanent) runs, 9 processes\n"
          "install of 1.1 is under way, by bob since noon\n");
    CHECK(shown(R"({"event": "begin", "operation": "install", "from": "1.0",
        "to": "1.1", "by": "bob", "at": "noon"})") ==
          "noon  install begins: 1.0 -> 1.1, by bob\n");
    CHECK(shown(R"({"event": "phase", "phase": "suspend", "batch": 1, "of": 2,
        "at_us": 1500})") == "      1.5 ms  suspend (batch 1 of 2)\n");
    CHECK(shown(R"({"event": "end", "operation": "install", "to": "1.1",
        "outcome": "installed", "by": "bob", "at": "noon", "processes": 8,
        "pause_us": 2500})") ==
          "noon  install of 1.1: installed, by bob; 8 processes, a pause of "
          "2.5 ms\n");
    CHECK(shown(R"({"event": "end", "operation": "install", "to": "1.1",
        "outcome": "refused", "by": "bob", "at": "noon", "processes": 0,
        "error": {"tag": "not_quiet", "message": "kv is busy"}})") ==
          "noon  install of 1.1: refused, by bob; error[not_quiet]: kv is "
          "busy\n");
    CHECK(shown(R"({"event": "lost", "count": 3})") ==
          "3 events were too many to show\n");
    CHECK(shown(R"({"event": "silence"})") == "");
  }

  TEST_CASE("events come on stdout as lines or as JSON") {
    scripted_node node;
    node.on("GET /v1/events", R"({"ok": true})", 200,
            {R"({"event": "phase", "phase": "check", "of": 1, "at_us": 100})"});
    const auto people = node.ask({"watch"});
    CHECK(people.err == "");
    CHECK(people.out == "      0.1 ms  check\n");
    CHECK(people.exit_code == 0);
    CHECK(node.ask({"watch", "--json"}).out ==
          R"({"event":"phase","phase":"check","of":1,"at_us":100})"
          "\n");
    node.on("GET /v1/events",
            R"({"error": {"tag": "forbidden", "message": "not you"}})", 403);
    const auto refused = node.ask({"watch"});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err == "error[forbidden]: not you\n");
  }

  TEST_CASE("metrics are printed as the node says them") {
    const release_handler::test::fake_node node(
        [](const release_handler::api_request& asked,
           const release_handler::event_sink&) {
          CHECK(asked.path == "/metrics");
          return release_handler::api_response{200, {}, "# HELP a b\na 1\n"};
        });
    const auto done = instar({"--node", node.socket().string(), "metrics"});
    CHECK(done.err == "");
    CHECK(done.out == "# HELP a b\na 1\n");
    CHECK(done.exit_code == 0);
    const auto none = instar({"--node", "/nowhere", "metrics"});
    CHECK(none.exit_code == 6);
  }
}

}  // namespace instar::cli::test
