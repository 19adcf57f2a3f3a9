#include "runtime/application_controller.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/sys.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

#include <atomic>

TEST_SUITE_BEGIN("upgrade/releases/busy");

using namespace instar::release_handler::test;
using instar::pid;
using instar::to_string;
using instar::release_handler::install_options;

namespace {

void add_release_2(release_node& node) {
  node.add_release_2(
      both_ways("2.0", advanced("red") + ", {load_module: ink}"));
}

install_options within(std::chrono::milliseconds timeout) {
  install_options options;
  options.suspend_timeout = timeout;
  return options;
}

}  // namespace

TEST_CASE("a process inside a handler is named and everybody else is served") {
  release_node node;
  add_release_2(node);
  const auto before = node.snapshot();
  blocked_process busy(node, "red_2");
  background_install going(node, "2", within(300ms));
  going.wait_for("suspend");
  // Also those of the same module: an attempt holds them for a moment only.
  for (int i = 0; i < 20; ++i) {
    CHECK(node.who("red_1") == "red 1.0");
    CHECK(node.who("blue_1") == "blue 1.0");
  }
  CHECK(outcome_of(node, going.finish()) ==
        fmt::format("refused not_quiet: not quiet within 300 ms: red_2 ({}) "
                    "inside a handler of cell.block",
                    to_string(node.node().whereis("red_2"))));
  busy.leave();
  CHECK(node.snapshot() == before);
  CHECK(node.all_serve());
  CHECK(outcome_of(node, node.install("2")) == "installed");
}

TEST_CASE("who is not quiet is killed where that is wanted") {
  release_node node;
  add_release_2(node);
  blocked_process busy(node, "red_2");
  const auto killed = node.node().whereis("red_2");
  auto options = within(100ms);
  options.when_busy = instar::busy_policy::restart;
  const auto report = node.install("2", options);
  CHECK(outcome_of(node, report) == "installed");
  CHECK(report.killed ==
        std::vector<std::string>{"red_2 (" + to_string(killed) +
                                 ") inside a handler of cell.block"});
  CHECK(node.who("red_2") == "red 2.0");
  CHECK(node.node().zombies().all().size() == 1);
  CHECK(node.all_serve());
  busy.leave();
  auto& sched = node.node().sched();
  CHECK(sched.wait([&] { return node.node().zombies().all().empty(); },
                   sched.now() + 60s));
}

TEST_CASE("each module has its own patience and what becomes of who is busy") {
  release_node node;
  node.add_release_2(
      both_ways("2.0",
                "{update: {module: red, change: {advanced: null}, timeout: 50, "
                "when_busy: restart}}, {load_module: ink}"),
      both_ways("2.0",
                "{update: {module: blue, change: {advanced: null}, timeout: "
                "50, when_busy: wait}}"));
  blocked_process red(node, "red_2");
  blocked_process blue(node, "blue_1");
  const auto killed = node.node().whereis("red_2");
  const auto waited_for = node.node().whereis("blue_1");
  background_install going(node, "2");
  auto& sched = node.node().sched();
  CHECK(sched.wait(
      [&] {
        const auto now = node.node().whereis("red_2");
        return now && now != killed;
      },
      sched.now() + 60s));
  // One batch: who waits holds all of it up, and everybody else is served.
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.who("blue_2") == "blue 1.0");
  blue.leave();
  const auto report = going.finish();
  CHECK(outcome_of(node, report) == "installed");
  CHECK(report.batches == 1);
  CHECK(report.killed ==
        std::vector<std::string>{"red_2 (" + to_string(killed) +
                                 ") inside a handler of cell.block"});
  CHECK(node.node().whereis("blue_1") == waited_for);
  CHECK(node.who("blue_1") == "blue 2.0");
  CHECK(node.who("red_2") == "red 2.0");
  red.leave();
}

TEST_CASE("what a process asks for counts over what its module says") {
  release_node node;
  node.add_release_2(both_ways(
      "2.0",
      "{update: {module: red, change: {advanced: null}, timeout: infinity, "
      "when_busy: wait}}, {load_module: ink}"));
  instar::child_spec guest;
  guest.id = guest.start.name = "guest";
  guest.start.module = "red";
  guest.start.args = boost::json::object{};
  guest.upgrade.suspend_timeout = 50ms;
  SUBCASE("it is killed") {
    guest.upgrade.when_busy = instar::busy_policy::restart;
  }
  SUBCASE("the installation is given up") {
    guest.upgrade.when_busy = instar::busy_policy::abort;
  }
  pid top;
  for (const auto& one : node.node().applications().all()) {
    if (one.name == "frame")
      top = one.top;
  }
  REQUIRE(
      node.node().call<instar::child_reply>(top, instar::start_child{guest}));
  const auto first = node.node().whereis("guest");
  blocked_process busy(node, "guest");
  const auto report = node.install("2");
  if (guest.upgrade.when_busy == instar::busy_policy::restart) {
    CHECK(outcome_of(node, report) == "installed");
    CHECK(node.node().whereis("guest") != first);
    CHECK(node.who("guest") == "red 2.0");
  } else {
    CHECK(outcome_of(node, report) ==
          "refused not_quiet: not quiet within 50 ms: guest (" +
              to_string(first) + ") inside a handler of cell.block");
    CHECK(node.node().whereis("guest") == first);
  }
  busy.leave();
}

TEST_CASE("force counts over everything") {
  release_node node;
  node.add_release_2(
      both_ways("2.0",
                "{update: {module: red, change: {advanced: null}, timeout: 50, "
                "when_busy: abort}}, {load_module: ink}"));
  blocked_process busy(node, "red_2");
  CHECK(outcome_of(node, node.install("2"))
            .starts_with("refused not_quiet: not quiet within 50 ms: red_2 ("));
  install_options options;
  options.force = true;
  const auto report = node.install("2", options);
  CHECK(outcome_of(node, report) == "installed");
  CHECK(report.killed.size() == 1);
  busy.leave();
}

TEST_CASE("an installation may wait as long as it takes") {
  release_node node;
  add_release_2(node);
  blocked_process busy(node, "red_2");
  auto options = within(1ms);
  options.when_busy = instar::busy_policy::wait;
  background_install going(node, "2", options);
  going.wait_for("suspend");
  CHECK(node.who("red_1") == "red 1.0");
  busy.leave();
  CHECK(outcome_of(node, going.finish()) == "installed");
}

TEST_CASE("a process that waits for another one is named with whom") {
  release_node node;
  add_release_2(node);
  const auto before = node.snapshot();
  // Suspended by an operator, relay_1 answers nobody.
  const auto relay = node.node().whereis("relay_1");
  REQUIRE(instar::sys::suspend(node.node(), relay));
  std::thread caller(
      [&] { CHECK(node.call("red_3", cell::pass{{"relay_1"}}) == 2); });
  const auto red = node.node().whereis("red_3");
  auto& sched = node.node().sched();
  while (node.node().table().find_alive(red)->waiting_for() != relay)
    sched.wait([] { return false; }, sched.now() + 1ms);
  CHECK(outcome_of(node, node.install("2", within(200ms))) ==
        fmt::format("refused not_quiet: not quiet within 200 ms: red_3 ({}) "
                    "waiting for {} in a handler of cell.pass",
                    to_string(red), to_string(relay)));
  REQUIRE(instar::sys::resume(node.node(), relay));
  caller.join();
  CHECK(node.snapshot() == before);
  CHECK(outcome_of(node, node.install("2")) == "installed");
}

TEST_CASE("an installation waits for a process that gets quiet in time") {
  release_node node;
  add_release_2(node);
  blocked_process busy(node, "red_2");
  background_install going(node, "2", within(60s));
  going.wait_for("suspend");
  CHECK(node.who("red_1") == "red 1.0");
  busy.leave();
  CHECK(outcome_of(node, going.finish()) == "installed");
  CHECK(node.who("red_2") == "red 2.0");
}

TEST_CASE("a second installation is refused with who runs the first") {
  release_node node;
  add_release_2(node);
  blocked_process busy(node, "red_2");
  background_install going(node, "2", within(60s));
  going.wait_for("suspend");
  const auto during = node.handler().in_progress();
  REQUIRE(during.is_object());
  const auto since = std::string(during.at("since").as_string());
  CHECK(during.at("operation") == "install of 2");
  CHECK(during.at("by") == "first");
  CHECK(since.size() == std::string_view("2026-11-21T06:00:00Z").size());
  const auto why = "install of 2 is under way, by first since " + since;
  CHECK(outcome_of(node, node.install("2")) ==
        "refused install_in_progress: " + why);
  const auto refused = [&](const instar::result<>& answer) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().tag() == "install_in_progress");
    CHECK(answer.error().message() == why);
  };
  refused(node.handler().make_permanent("1", {"second"}));
  refused(node.handler().remove_release("2"));
  const auto checked = node.handler().check_install_release("2", {}, {});
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message() == why);
  // Questions are answered meanwhile.
  CHECK(node.statuses() == "1 permanent, 2 unpacked");
  busy.leave();
  CHECK(outcome_of(node, going.finish()) == "installed");
  CHECK(node.handler().in_progress().is_null());
}

TEST_CASE("an installation that waits is cancelled") {
  release_node node;
  add_release_2(node);
  CHECK_FALSE(node.handler().cancel());
  const auto before = node.snapshot();
  blocked_process busy(node, "red_2");
  background_install going(node, "2", within(60s));
  going.wait_for("suspend");
  CHECK(node.handler().cancel());
  CHECK(outcome_of(node, going.finish()) ==
        fmt::format("undone cancelled: cancelled while waiting for red_2 ({}) "
                    "inside a handler of cell.block",
                    to_string(node.node().whereis("red_2"))));
  busy.leave();
  CHECK(node.snapshot() == before);
  CHECK_FALSE(node.handler().cancel());
  CHECK(outcome_of(node, node.install("2")) == "installed");
}

TEST_CASE(
    "a process that an operator suspended goes over and stays suspended") {
  release_node node;
  add_release_2(node);
  const auto red = node.node().whereis("red_1");
  REQUIRE(instar::sys::suspend(node.node(), red));
  node.cast("red_1", cell::note{8});
  CHECK(outcome_of(node, node.install("2")) == "installed");
  const auto status = instar::sys::get_status(node.node(), red);
  REQUIRE(status);
  CHECK(status->at("status") == "suspended");
  CHECK(status->at("vsn") == "2.0");
  REQUIRE(instar::sys::resume(node.node(), red));
  CHECK(node.call("red_1", cell::heard{}) == std::vector<std::int64_t>{8});
  CHECK(node.who("red_1") == "red 2.0");
}

TEST_SUITE_END();
