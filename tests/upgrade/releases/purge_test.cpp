#include "runtime/scheduler.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/sys.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/filesystem/directory.hpp>

TEST_SUITE_BEGIN("upgrade/releases/purge");

using namespace instar::release_handler::test;

namespace {

std::string red_and_ink(const std::string& vsn) {
  return both_ways(vsn, advanced("red") + ", {load_module: ink}");
}

std::size_t threads() {
  return static_cast<std::size_t>(
      std::distance(boost::filesystem::directory_iterator("/proc/self/task"),
                    boost::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("old code is unmapped with the commit") {
  release_node node;
  node.add_release_2(red_and_ink("2.0"));
  const auto mapped = node.mapped();
  CHECK(node.spooled() == mapped);
  CHECK(node.install("2").ok());
  CHECK(node.old_vsn("red") == "1.0");
  CHECK(node.mapped() == mapped + 2);
  CHECK(node.spooled() == mapped + 2);
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  CHECK(node.old_vsn("red") == "none");
  CHECK(node.old_vsn("ink") == "none");
  CHECK(node.mapped() == mapped);
  CHECK(node.spooled() == mapped);
  CHECK(node.all_serve());
  // The way back needs its file again.
  CHECK(node.install("1").ok());
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.mapped() == mapped + 2);
}

TEST_CASE("going back takes the code that is still mapped") {
  release_node node;
  node.add_release_2(red_and_ink("2.0"));
  const auto* first = node.node().code().current("red");
  CHECK(node.install("2").ok());
  const auto* second = node.node().code().current("red");
  const auto mapped = node.mapped();
  CHECK(node.install("1").ok());
  CHECK(node.node().code().current("red") == first);
  CHECK(node.node().code().old("red") == second);
  CHECK(node.install("2").ok());
  CHECK(node.node().code().current("red") == second);
  CHECK(node.mapped() == mapped);
  CHECK(node.spooled() == mapped);
}

TEST_CASE("fifty times up and down leave nothing behind") {
  release_node node;
  node.add_release_2(red_and_ink("2.0"), both_ways("2.0", advanced("blue")));
  const auto mapped = node.mapped();
  const auto before = threads();
  const auto snapshot = node.snapshot();
  for (int i = 0; i < 50; ++i) {
    REQUIRE(node.install("2").ok());
    // With and without the code still there.
    if (i % 2 == 0) {
      REQUIRE(node.handler().make_permanent("2", {"tester"}));
    }
    REQUIRE(node.install("1").ok());
    if (i % 2 == 0) {
      REQUIRE(node.handler().make_permanent("1", {"tester"}));
    }
  }
  REQUIRE(node.install("2").ok());
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  REQUIRE(node.install("1").ok());
  REQUIRE(node.handler().make_permanent("1", {"tester"}));
  CHECK(node.mapped() == mapped);
  CHECK(node.spooled() == mapped);
  CHECK(threads() == before);
  CHECK(node.all_serve());
  CHECK(node.warnings().empty());
  // The same processes, with the same states and code.
  const auto after = node.snapshot();
  CHECK(after.substr(after.find("blue")) ==
        snapshot.substr(snapshot.find("blue")));
}

TEST_CASE("a third version leaves none of the first behind") {
  release_node node;
  const auto mapped = node.mapped();
  node.add_release("1.1",
                   {cell_at("1.1", both_ways("1.1", "{load_module: red}")),
                    other_at("1.0"), frame()});
  node.add_release("2", {cell_at("2.0",
                                 "vsn: \"2.0\"\nup:\n  - from: \"1.1\"\n    "
                                 "instructions: [" +
                                     advanced("red") + "]\n"),
                         other_at("1.0"), frame()});
  CHECK(outcome_of(node, node.install("1.1")) == "installed");
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.old_vsn("red") == "1.1");
  // 2.0 and 1.1; of 1.0 nothing is left.
  CHECK(node.mapped() == mapped + 1);
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  CHECK(node.mapped() == mapped);
  CHECK(node.warnings().empty());
}

TEST_CASE("a deleted module ends with who runs it") {
  release_node node;
  const auto mapped = node.mapped();
  // red is deleted under its processes; the supervisor cannot start them again.
  node.add_release("2", {cell_at("1.0"), other_at("1.0"), frame()}, R"(vsn: "2"
up:
  - from: "1"
    script:
      - point_of_no_return
      - remove: {module: red, pre_purge: brutal_purge, post_purge: brutal_purge}
      - purge: [red]
)");
  const auto made = node.node().call<instar::child_reply>(
      "pool", instar::start_dynamic_child{boost::json::object()}, 60s);
  REQUIRE(made);
  const auto red = made->child;
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.node().table().find_alive(red) == nullptr);
  CHECK(node.current_vsn("red") == "none");
  CHECK(node.old_vsn("red") == "none");
  CHECK(node.mapped() == mapped - 1);
}

TEST_CASE("code that made a message which still waits is kept") {
  release_node node;
  node.add_release_2(both_ways("2.0", advanced("red")));
  const auto mapped = node.mapped();
  // red_1 has a message of its own making, and an operator has suspended it.
  node.cast("red_1", cell::note_later{300, 1});
  CHECK(node.who("red_1") == "red 1.0");
  const auto red = node.node().whereis("red_1");
  REQUIRE(instar::sys::suspend(node.node(), red));
  auto& sched = node.node().sched();
  while (node.node().table().find_alive(red)->mailbox_length() == 0)
    sched.wait([] { return false; }, sched.now() + 1ms);
  CHECK(outcome_of(node, node.install("2")) == "installed");
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  CHECK(node.old_vsn("red") == "1.0");
  CHECK(node.mapped() == mapped + 1);
  REQUIRE(instar::sys::resume(node.node(), red));
  CHECK(node.call("red_1", cell::heard{}) == std::vector<std::int64_t>{1});
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  CHECK(node.old_vsn("red") == "none");
  CHECK(node.mapped() == mapped);
}

TEST_CASE("a handler that does not return keeps no commit waiting") {
  release_node node;
  node.add_release_2(both_ways("2.0", advanced("red")));
  const auto mapped = node.mapped();
  {
    // Not of the batch, so it may; but it might use what is old now.
    blocked_process busy(node, "blue_1");
    CHECK(outcome_of(node, node.install("2")) == "installed");
    REQUIRE(node.handler().make_permanent("2", {"tester"}));
    CHECK(node.old_vsn("red") == "1.0");
    CHECK(node.mapped() == mapped + 1);
    CHECK(node.who("red_1") == "red 2.0");
  }
  CHECK(node.all_serve());
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  CHECK(node.mapped() == mapped);
}

TEST_CASE("processes of old code are ended only where that is asked for") {
  release_node node;
  const auto relup = [](const std::string& vsn, const std::string& from,
                        const std::string& script) {
    return "vsn: \"" + vsn + "\"\nup:\n  - from: \"" + from +
           "\"\n    script:\n" + script;
  };
  const auto load = [](const std::string& purge) {
    return "      - load_object_code: {lib: cell, vsn: \"1.1\", modules: "
           "[red]}\n      - point_of_no_return\n      - load: {module: red, "
           "pre_purge: " +
           purge + ", post_purge: " + purge + "}\n";
  };
  // red is deleted, and its processes run on in what is old code then.
  node.add_release("2", {cell_at("1.0"), other_at("1.0"), frame()},
                   relup("2", "1",
                         "      - point_of_no_return\n      - remove: {module: "
                         "red, pre_purge: soft_purge, post_purge: "
                         "soft_purge}\n"));
  node.add_release("soft", {cell_at("1.1"), other_at("1.0"), frame()},
                   relup("soft", "2", load("soft_purge")));
  node.add_release("brutal", {cell_at("1.1"), other_at("1.0"), frame()},
                   relup("brutal", "2", load("brutal_purge")));
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.current_vsn("red") == "none");
  CHECK(node.who("red_1") == "red 1.0");
  const auto red = node.node().whereis("red_1");

  const auto holder = [&](const std::string& name) {
    return instar::to_string(node.node().whereis(name)) + " " + name +
           " (its state)";
  };
  CHECK(outcome_of(node, node.install("soft")) ==
        "refused old_processes: red 1.0 is still used by " + holder("red_1") +
            ", " + holder("red_2") + ", " + holder("red_3"));
  CHECK(node.node().whereis("red_1") == red);

  CHECK(outcome_of(node, node.install("brutal")) == "installed");
  CHECK(node.node().table().find_alive(red) == nullptr);
  CHECK(node.current_vsn("red") == "1.1");
  CHECK(node.old_vsn("red") == "none");
}

TEST_SUITE_END();
