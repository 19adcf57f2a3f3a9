// What happens after an installation: the release is watched, and taken back where
// it fails.
#include "release_handler/errors.hpp"
#include "runtime/scheduler.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/probation");

using namespace instar::release_handler::test;
using instar::release_handler::install_report;
using instar::release_handler::outcome;

namespace {

constexpr auto for_an_hour = "{seconds: 3600}";

/// A node with release 2 unpacked, which has this probation.
class trial_node : public release_node {
public:
  explicit trial_node(const std::string& probation,
                      const std::string& more = {}) {
    add_release_2(both_ways("2.0", advanced("red") + ", {load_module: ink}"));
    const auto file = root() / "releases" / "2" / "release.yaml";
    auto text = files().read(file, 1 << 20);
    REQUIRE(text);
    REQUIRE(
        files().write(file, *text + "\nprobation: " + probation + "\n" + more));
  }
  /// Installed, and on probation.
  install_report begin() {
    auto report = install("2");
    REQUIRE_MESSAGE(report.ok(), outcome_of(*this, report));
    REQUIRE(report.probation);
    return report;
  }
  std::string end_of(install_report report) {
    handler().wait_for_probation(report);
    return outcome_of(*this, report);
  }
  /// Ends by an exception, and is restarted by its supervisor.
  void crash(std::string_view name) {
    const auto before = node().whereis(name);
    const auto answer =
        node().call<cell::pass::reply>(name, cell::pass{{"nobody"}}, 60s);
    REQUIRE_FALSE(answer);
    // Nobody tells of a restart.
    auto& sched = node().sched();
    for (auto now = before; !now || now == before; now = node().whereis(name)) {
      sched.wait([] { return false; }, sched.now() + 1ms);
    }
  }
  /// "install installed by tester, probation failed by tester, ..."
  std::string history() {
    std::string text;
    for (const auto& entry : handler().all_history()) {
      if (entry.at("operation") == "unpack")
        continue;
      text += fmt::format("{}{} {} by {}", text.empty() ? "" : ", ",
                          std::string(entry.at("operation").as_string()),
                          std::string(entry.at("outcome").as_string()),
                          std::string(entry.at("by").as_string()));
    }
    return text;
  }
};

}  // namespace

TEST_CASE("a release that survives its probation stays current") {
  trial_node node("{seconds: 1}");
  CHECK(node.end_of(node.begin()) == "installed");
  CHECK(node.statuses() == "1 permanent, 2 current");
  CHECK(node.history() ==
        "install installed by tester, probation passed by tester");
  CHECK(node.handler().on_probation().is_null());
}

TEST_CASE("a release may become permanent when it survives") {
  trial_node node("{seconds: 1, then: commit}");
  CHECK(node.end_of(node.begin()) == "installed");
  CHECK(node.statuses() == "1 old, 2 permanent");
  CHECK(node.history() ==
        "install installed by tester, probation passed by tester, commit "
        "permanent by probation");
}

TEST_CASE("a release whose processes crash is taken back with all states") {
  trial_node node("{seconds: 3600, max_restarts: 0}");
  node.cast("red_2", cell::note{7});
  const auto report = node.begin();
  node.cast("red_2", cell::note{8});
  CHECK(node.who("red_2") == "red 2.0");
  node.crash("red_1");
  const auto end = node.end_of(report);
  CHECK_MESSAGE(
      end.starts_with("rolled_back probation_failed: 1 crashes since the "
                      "installation, where 0 are allowed and the 3600 s before "
                      "it had 0; the last: "),
      end);
  CHECK(node.who("red_2") == "red 1.0");
  CHECK(node.call<cell::heard>("red_2") == std::vector<std::int64_t>{7, 8});
  CHECK(node.statuses() == "1 permanent, 2 old");
  CHECK(node.history() ==
        "install installed by tester, probation failed by tester, rollback "
        "installed by probation");
  CHECK(node.all_serve());
  CHECK(node.handler().alarm() == "");
}

TEST_CASE("a crash of others is not held against a release") {
  trial_node node("{seconds: 3600, max_restarts: 0}");
  const auto report = node.begin();
  node.crash("relay_1");
  CHECK_FALSE(node.handler().on_probation().is_null());
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  CHECK(node.end_of(report) == "installed");
}

TEST_CASE("a supervisor that gives up takes its release back") {
  trial_node node(for_an_hour);
  const auto report = node.begin();
  node.crash("red_1");
  // One restart in five seconds is allowed.
  (void)node.node().call<cell::pass::reply>("red_1", cell::pass{{"nobody"}},
                                            60s);
  const auto end = node.end_of(report);
  CHECK_MESSAGE(
      end.find("probation_failed: a supervisor gave up: ") != std::string::npos,
      end);
  CHECK(node.statuses() == "1 permanent, 2 old");
}

TEST_CASE("a health check that says no takes the release back") {
  SUBCASE("a function") {
    trial_node node(
        "{seconds: 3600, health: {module: ink, function: refuse, args: []}}");
    CHECK(node.end_of(node.begin()) ==
          "rolled_back probation_failed: the health check: there is no paper");
    CHECK(node.statuses() == "1 permanent, 2 old");
  }
  SUBCASE("a command") {
    trial_node node("{seconds: 3600, health: {command: [test, -e, healthy]}}");
    REQUIRE(node.files().write(node.root() / "healthy", ""));
    const auto report = node.begin();
    REQUIRE(node.files().remove(node.root() / "healthy"));
    CHECK(node.end_of(report) ==
          "rolled_back probation_failed: the health check: "
          "test ended with 1");
  }
  SUBCASE("a program that is not there") {
    trial_node node("{seconds: 3600, health: {command: [no_such_program]}}");
    CHECK(node.end_of(node.begin()) ==
          "rolled_back probation_failed: the health check: "
          "there is no program no_such_program");
  }
}

TEST_CASE("a health check that says yes changes nothing") {
  trial_node node(
      "{seconds: 1, health: {command: [test, -d, releases]}, then: keep}");
  CHECK(node.end_of(node.begin()) == "installed");
}

TEST_CASE("nothing else is installed while a release is on probation") {
  trial_node node(for_an_hour);
  node.add_release("3", {frame(), cell_at("1.0"), other_at("1.0")});
  const auto report = node.begin();
  const auto second = node.install("3");
  REQUIRE(second.error);
  CHECK(second.error->tag() == "install_in_progress");
  CHECK_MESSAGE(second.error->context.starts_with(
                    "release 2, installed by tester, is on probation since "),
                second.error->context);
  CHECK_FALSE(node.handler().remove_release("1"));
  SUBCASE("a commit ends it") {
    REQUIRE(node.handler().make_permanent("2", {"boss"}));
    CHECK(node.end_of(report) == "installed");
    CHECK(node.statuses() == "1 old, 2 permanent, 3 unpacked");
    CHECK(node.history() ==
          "install installed by tester, probation ended by tester, commit "
          "permanent by boss");
  }
  SUBCASE("a rollback ends it") {
    CHECK(node.handler().rollback({}, false, {}, {"boss"}, {}).ok());
    CHECK(node.statuses() == "1 permanent, 2 old, 3 unpacked");
  }
  SUBCASE("cancelling it goes back") {
    CHECK(node.handler().cancel());
    CHECK(node.end_of(report) ==
          "rolled_back probation_failed: cancelled by an operator");
    CHECK(node.statuses() == "1 permanent, 2 old, 3 unpacked");
  }
  CHECK(node.all_serve());
}

TEST_CASE("a node that stops ends a probation") {
  trial_node node(for_an_hour);
  (void)node.begin();
  node.restart();
  CHECK(node.statuses() == "1 permanent, 2 unpacked");
  CHECK(node.handler().on_probation().is_null());
}

TEST_CASE("a release that cannot be taken back leaves an alarm") {
  trial_node node("{seconds: 3600, max_restarts: 0}",
                  "rollback_failure: restart\n");
  bool restarts = false;
  node.handler().set_restart([&] { restarts = true; });
  const auto report = node.begin();
  // The way back needs its module file.
  REQUIRE(node.handler().purge_code("red", true));
  REQUIRE(node.files().remove(node.module_file("cell-1.0", "red")));
  node.crash("red_1");
  const auto end = node.end_of(report);
  CHECK_MESSAGE(end.starts_with("fell_back probation_failed: "), end);
  CHECK(node.handler().alarm().starts_with(
      "release 2 has failed its probation, and could not be taken back: "));
  CHECK(node.statuses() == "1 permanent, 2 current");
  CHECK(node.history().ends_with(", restart fell_back by probation"));
  const auto second = node.install("1");
  REQUIRE(second.error);
  CHECK(second.error->tag() == "install_in_progress");
  node.stop();
  CHECK(restarts);
}

TEST_CASE(
    "a node keeps a release that cannot be taken back unless it is told") {
  trial_node node("{seconds: 3600, max_restarts: 0}");
  node.handler().set_restart([] { FAIL("it must not restart"); });
  const auto report = node.begin();
  REQUIRE(node.handler().purge_code("red", true));
  REQUIRE(node.files().remove(node.module_file("cell-1.0", "red")));
  node.crash("red_1");
  const auto end = node.end_of(report);
  CHECK_MESSAGE(end.starts_with("degraded probation_failed: "), end);
  CHECK(node.handler().alarm().starts_with(
      "release 2 has failed its probation, and could not be taken back: "));
  CHECK(node.all_serve());
}
