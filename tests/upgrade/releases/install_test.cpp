#include "tests/upgrade/releases/release_node.hpp"

TEST_SUITE_BEGIN("upgrade/releases/install");

using namespace instar::release_handler::test;

namespace {

std::string red_and_ink() {
  return both_ways("2.0", advanced("red") + ", {load_module: ink}");
}

}  // namespace

TEST_CASE("an installation takes states and code over and back again") {
  release_node node;
  node.add_release_2(red_and_ink());
  node.cast("red_1", cell::note{5});
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 1.0");
  const auto pid = node.node().whereis("red_1");

  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
  CHECK(node.call("blue_1", cell::show{7}) == "7 in ink 2.0");
  CHECK(node.state("red_1") ==
        R"({"number":1,"heard":[5],"listener":{"id":0},"unread":"",)"
        R"("came_from":"1.0"})");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.all_serve());

  CHECK(outcome_of(node, node.install("1")) == "installed");
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 1.0");
  CHECK(node.state("red_1") ==
        R"({"number":1,"heard":[5],"listener":{"id":0},"unread":""})");

  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.who("red_3") == "red 2.0");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.all_serve());
  CHECK(node.warnings().empty());
}

TEST_CASE("statuses follow the installations in memory and on disk") {
  release_node node;
  CHECK(node.statuses() == "1 permanent");
  node.add_release_2(red_and_ink());
  CHECK(node.statuses() == "1 permanent, 2 unpacked");
  CHECK(node.stored() == "1 permanent, 2 unpacked");
  CHECK(node.install("2").ok());
  CHECK(node.statuses() == "1 permanent, 2 current");
  CHECK(node.stored() == "1 permanent, 2 unpacked");
  CHECK(node.install("1").ok());
  CHECK(node.statuses() == "1 permanent, 2 old");
  CHECK(node.install("2").ok());
  CHECK(node.statuses() == "1 permanent, 2 current");
  CHECK(node.handler().make_permanent("2", {"tester"}));
  CHECK(node.statuses() == "1 old, 2 permanent");
  CHECK(node.stored() == "1 old, 2 permanent");
  CHECK(node.install("1").ok());
  CHECK(node.statuses() == "1 current, 2 permanent");
  CHECK(node.stored() == "1 old, 2 permanent");
}

TEST_CASE("a crash before the commit starts the permanent release") {
  release_node node;
  node.add_release_2(red_and_ink());
  CHECK(node.install("2").ok());
  node.restart();
  CHECK(node.statuses() == "1 permanent, 2 unpacked");
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 1.0");
  CHECK(node.install("2").ok());
  CHECK(node.who("red_1") == "red 2.0");
}

TEST_CASE("a crash after the commit starts the new release") {
  release_node node;
  // All of a release is started: what its relup does not load too.
  node.add_release("2",
                   {cell_at("2.0", red_and_ink()), other_at("1.0"), frame()});
  CHECK(node.install("2").ok());
  CHECK(node.handler().make_permanent("2", {"tester"}));
  node.restart();
  CHECK(node.statuses() == "1 old, 2 permanent");
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.all_serve());
  CHECK(node.install("1").ok());
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.all_serve());
}

TEST_CASE("a release is checked without anything being touched") {
  release_node node;
  node.add_release_2(red_and_ink());
  const auto before = node.snapshot();
  const auto mapped = node.mapped();
  const auto checked = node.handler().check_install_release("2", {}, {});
  REQUIRE(checked);
  CHECK(checked->from == "1");
  CHECK(checked->to == "2");
  CHECK(checked->hops.at(0).todo.batch_count() == 1);
  CHECK(checked->processes.at("red") == 3);
  CHECK(checked->processes.at("ink") == 0);
  CHECK(node.snapshot() == before);
  CHECK(node.mapped() == mapped);
}

TEST_CASE("the report counts batches and processes and measures the pause") {
  release_node node;
  node.add_release_2(red_and_ink(), both_ways("2.0", advanced("blue")));
  const auto report = node.install("2");
  CHECK(outcome_of(node, report) == "installed");
  CHECK(report.from == "1");
  CHECK(report.to == "2");
  CHECK(report.batches == 1);
  CHECK(report.processes == 5);
  CHECK(report.by_module.at("red") == 3);
  CHECK(report.by_module.at("blue") == 2);
  CHECK(report.pause > 0ns);
  CHECK(node.who("blue_2") == "blue 2.0");
  CHECK(node.who("red_2") == "red 2.0");
  CHECK(node.all_serve());
}

TEST_CASE("a rollback leads to the permanent release, then back") {
  release_node node;
  node.add_release_2(red_and_ink());
  CHECK(node.install("2").ok());
  const auto back = node.handler().rollback({}, false, {}, {"tester"}, {});
  CHECK(outcome_of(node, back) == "installed");
  CHECK(back.from == "2");
  CHECK(back.to == "1");
  CHECK(node.statuses() == "1 permanent, 2 old");
  const auto again = node.handler().rollback({}, false, {}, {"tester"}, {});
  CHECK(outcome_of(node, again) == "installed");
  CHECK(again.to == "2");
  CHECK(node.statuses() == "1 permanent, 2 current");
}

TEST_CASE("a rollback from a permanent release leads to the one before") {
  release_node node;
  node.add_release_2(red_and_ink());
  CHECK(node.install("2").ok());
  CHECK(node.handler().make_permanent("2", {"tester"}));
  SUBCASE("at once") {}
  SUBCASE("after a restart") {
    node.restart();
  }
  const auto back = node.handler().rollback({}, true, {}, {"tester"}, {});
  CHECK(outcome_of(node, back) == "installed");
  CHECK(back.to == "1");
  CHECK(node.statuses() == "1 permanent, 2 old");
  CHECK(node.stored() == "1 permanent, 2 old");
  CHECK(node.who("red_1") == "red 1.0");
}

TEST_CASE("a rollback goes to the release that it is told") {
  release_node node;
  node.add_release_2(red_and_ink());
  CHECK(node.install("2").ok());
  const auto nowhere = node.handler().rollback("9", false, {}, {"tester"}, {});
  CHECK(outcome_of(node, nowhere) ==
        "refused no_such_release: there is no release \"9\" on this node");
  const auto back = node.handler().rollback("1", false, {}, {"tester"}, {});
  CHECK(outcome_of(node, back) == "installed");
  CHECK(node.who("red_1") == "red 1.0");
}

TEST_CASE("a release is removed only when nothing runs of it") {
  release_node node;
  node.add_release_2(red_and_ink());
  CHECK(node.install("2").ok());
  const auto refused = node.handler().remove_release("2");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().tag() == "bad_status");
  CHECK(node.install("1").ok());
  CHECK(node.handler().remove_release("2"));
  CHECK(node.statuses() == "1 permanent");
  CHECK(node.files().kind(node.root() / "lib" / "cell-2.0") ==
        instar::file_kind::missing);
  CHECK(node.files().kind(node.root() / "lib" / "frame-1.0") ==
        instar::file_kind::folder);
  CHECK(node.all_serve());
}

TEST_CASE("the history tells what was done by whom") {
  release_node node;
  node.add_release_2(red_and_ink());
  CHECK(node.install("2").ok());
  CHECK(node.handler().rollback({}, false, {}, {"somebody"}, {}).ok());
  CHECK_FALSE(node.install("9").ok());
  CHECK(node.install("2").ok());
  CHECK(node.handler().make_permanent("2", {"tester"}));
  std::string told;
  for (const auto& entry : node.handler().all_history()) {
    const auto text = [&](const char* key) {
      const auto* item = entry.as_object().if_contains(key);
      return item == nullptr ? "-" : std::string(item->as_string());
    };
    told += text("operation") + " " + text("from") + " " + text("to") + " " +
            text("outcome") + " " + text("by") + "\n";
  }
  CHECK(told ==
        "unpack - 2 unpacked operator\n"
        "install 1 2 installed tester\n"
        "rollback 2 1 installed somebody\n"
        "install 1 9 refused tester\n"
        "install 1 2 installed tester\n"
        "commit - 2 permanent tester\n");
}

TEST_CASE("load_module takes processes of an equal state over as they are") {
  release_node node;
  node.add_release("1.1",
                   {cell_at("1.1", both_ways("1.1", "{load_module: red}")),
                    other_at("1.0"), frame()});
  node.cast("red_2", cell::note{4});
  const auto state = node.state("red_2");
  const auto pid = node.node().whereis("red_2");
  CHECK(outcome_of(node, node.install("1.1")) == "installed");
  CHECK(node.who("red_2") == "red 1.1");
  CHECK(node.state("red_2") == state);
  CHECK(node.node().whereis("red_2") == pid);
  CHECK(node.node().code().old("red")->box_count.load() == 0);
  CHECK(outcome_of(node, node.install("1")) == "installed");
  CHECK(node.who("red_2") == "red 1.0");
  CHECK(node.state("red_2") == state);
}

TEST_CASE("a soft update takes states over as they are") {
  release_node node;
  node.add_release("1.1", {cell_at("1.1", both_ways("1.1", "{update: red}")),
                           other_at("1.0"), frame()});
  node.cast("red_2", cell::note{4});
  const auto state = node.state("red_2");
  CHECK(outcome_of(node, node.install("1.1")) == "installed");
  CHECK(node.who("red_2") == "red 1.1");
  CHECK(node.state("red_2") == state);
  CHECK(node.all_serve());
}

TEST_CASE("modules are added and deleted") {
  release_node node;
  auto with_page = cell_at(
      "2.0",
      up_only("2.0",
              advanced("red") + ", {load_module: ink}, {add_module: page}") +
          "down:\n  - to: \"1.0\"\n    instructions: [" + advanced("red") +
          ", {load_module: ink}, {delete_module: page}]\n");
  with_page.modules.push_back("page");
  node.add_release("2", {with_page, other_at("1.0"), frame()});
  CHECK(node.current_vsn("page") == "none");
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.current_vsn("page") == "2.0");
  CHECK(outcome_of(node, node.install("1")) == "installed");
  CHECK(node.current_vsn("page") == "none");
  CHECK(node.old_vsn("page") == "none");
  CHECK(node.all_serve());
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.current_vsn("page") == "2.0");
}

TEST_CASE("a relup that was made before is used as it is") {
  release_node node;
  node.add_release("2", {cell_at("2.0"), other_at("1.0"), frame()}, R"(vsn: "2"
up:
  - from: "1"
    script:
      - load_object_code: {lib: cell, vsn: "2.0", modules: [ink]}
      - point_of_no_return
      - load: {module: ink, pre_purge: brutal_purge, post_purge: brutal_purge}
)");
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
}

TEST_CASE("an application has the version and environment of its release") {
  release_node node;
  node.add_release_2(red_and_ink());
  const auto vsn = [&] {
    for (const auto& one : node.node().applications().all()) {
      if (one.name == "cell")
        return one.vsn;
    }
    return std::string();
  };
  CHECK(vsn() == "1.0");
  CHECK(node.install("2").ok());
  CHECK(vsn() == "2.0");
  CHECK(node.install("1").ok());
  CHECK(vsn() == "1.0");
}

TEST_SUITE_END();
