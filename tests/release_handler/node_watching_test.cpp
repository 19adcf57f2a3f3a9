// /metrics and /v1/events of a node without code.
#include "release_handler/node_api.hpp"
#include "tests/release_handler/exposition_parser.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/test_node.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace instar::release_handler {
namespace {

class stepped_clock final : public instar::clock {
public:
  explicit stepped_clock(const scheduler& from) : from_(from) {}
  steady_time now() const override { return from_.now(); }
  std::chrono::system_clock::time_point date() const override {
    return from_.date();
  }

private:
  const scheduler& from_;
};

struct watched_node {
  instar::test::test_node stepped;
  stepped_clock time{stepped.sched};
  install_counters counters;
  std::unique_ptr<release_handler> releases;
  std::unique_ptr<node_api> api;

  watched_node() {
    test::put_release(stepped.files, "/p1", {"1", {{"a", "1"}}});
    test::put_release(stepped.files, "/p2", {"2", {{"a", "2"}}});
    auto store = release_store::create(stepped.files, "/n", "/p1");
    REQUIRE(store);
    releases = std::make_unique<release_handler>(stepped.node, stepped.files,
                                                 std::move(*store), time);
    releases->events().listen(
        [this](const value& event) { counters.note(event); });
    REQUIRE(releases->unpack_release("/p2"));
    api = std::make_unique<node_api>(node_api_parts{
        stepped.node, *releases, time, time.now(), [] {}, &counters});
  }

  api_response get(const std::string& where, const event_sink& emit = {},
                   std::function<bool()> is_gone = {}) {
    api_request request;
    request.method = "GET";
    request.path = where;
    request.is_gone = std::move(is_gone);
    return api->handle(request, emit);
  }
  std::map<std::string, double> metrics() {
    const auto answer = get("/metrics");
    CHECK(answer.status == 200);
    return test::read_exposition(answer.text);
  }
};

}  // namespace

TEST_SUITE("release_handler/node_watching") {
  TEST_CASE("the metrics of a node are valid and say what it has") {
    watched_node at;
    const auto now = at.metrics();
    CHECK(now.at(R"(instar_release_info{release="counterd",vsn="1",)"
                 R"(status="permanent"})") == 1);
    CHECK(now.at(R"(instar_releases{status="permanent"})") == 1);
    CHECK(now.at(R"(instar_releases{status="unpacked"})") == 1);
    CHECK(now.at(R"(instar_releases{status="old"})") == 0);
    CHECK(now.at("instar_processes") == 0);
    CHECK(now.at("instar_upgrade_in_progress") == 0);
    CHECK(now.at("instar_mailbox_length_count") == 0);
    CHECK(now.at("instar_run_queue") == 0);
    CHECK(now.at(R"(instar_worker_cpu_seconds_total{worker="1"})") == 0);
    CHECK(now.contains(R"(instar_worker_turns_total{worker="1"})"));
    CHECK(now.at("instar_install_pause_seconds_count") == 0);
  }

  TEST_CASE("an installation that is refused is counted and watched") {
    watched_node at;
    event_hub::watcher watcher(at.releases->events());
    const auto report = at.releases->install_release("none", {}, {"alice"}, {});
    CHECK_FALSE(report.ok());
    CHECK(at.metrics().at(R"(instar_installs_total{operation="install",)"
                          R"(outcome="refused"})") == 1);
    const auto events = watcher.wait(std::chrono::seconds(20));
    REQUIRE(events.size() == 1);
    CHECK(events[0].at("event") == "end");
    CHECK(events[0].at("by") == "alice");
    CHECK(events[0].at("outcome") == "refused");
    CHECK(events[0].at("error").at("tag") == "no_such_release");
  }

  TEST_CASE("who watches is told what runs and then what happens") {
    watched_node at;
    std::vector<std::string> seen;
    int looks = 0;
    const auto answer = at.get(
        "/v1/events",
        [&](const value& event) {
          seen.push_back(boost::json::serialize(event));
        },
        [&] {
          if (looks++ == 0) {
            at.releases->events().publish(
                boost::json::object{{"event", "begin"}, {"to", "2"}});
            return false;
          }
          return true;
        });
    CHECK(answer.status == 200);
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].find(R"("release":"counterd","vsn":"1")") !=
          std::string::npos);
    CHECK(seen[0].find(R"("event":"status")") != std::string::npos);
    CHECK(seen[1] == R"({"event":"begin","to":"2"})");
  }
}

}  // namespace instar::release_handler
