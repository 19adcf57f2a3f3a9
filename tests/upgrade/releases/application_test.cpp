// One application of a running node, straight from its appup.
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/application");

using namespace instar::release_handler::test;
using instar::path;
using instar::appup::direction;
using instar::release_handler::install_options;
using instar::release_handler::install_report;

namespace {

const std::string up_and_down =
    both_ways("2.0", advanced("red") + ", {load_module: ink}");

// Where the packages of add_release lie: outside of the node's folder.
path packaged(release_node& node, const std::string& vsn,
              const std::string& app) {
  return node.root().parent_path() / "packages" / vsn / "lib" / app;
}

install_report upgrade(release_node& node, const path& folder) {
  return node.handler().upgrade_app(folder, {}, {"tester"}, {});
}

install_report downgrade(release_node& node, const path& folder) {
  return node.handler().downgrade_app(folder, {}, {"tester"}, {});
}

std::string application_vsn(release_node& node, const std::string& name) {
  for (const auto& one : node.node().applications().all()) {
    if (one.name == name)
      return one.vsn;
  }
  return "none";
}

}  // namespace

TEST_CASE("an application goes up and down by its appup alone") {
  release_node node;
  node.add_release_2(up_and_down);
  node.cast("red_1", cell::note{5});
  const auto before = node.snapshot();
  const auto pid = node.node().whereis("red_1");
  const auto folder = packaged(node, "2", "cell-2.0");

  const auto up = upgrade(node, folder);
  CHECK(outcome_of(node, up) == "installed");
  CHECK(up.from == "1.0");
  CHECK(up.to == "2.0");
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.who("blue_1") == "blue 1.0");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(application_vsn(node, "cell") == "2.0");
  CHECK(node.statuses() == "1 permanent, 2 unpacked");
  CHECK(node.handler().modified() ==
        std::map<std::string, std::string>{
            {"ink", (folder / "modules" / "ink.so").string()},
            {"red", (folder / "modules" / "red.so").string()}});
  CHECK(node.all_serve());

  const auto down = downgrade(node, node.root() / "lib" / "cell-1.0");
  CHECK(outcome_of(node, down) == "installed");
  CHECK(node.snapshot() == before);
  CHECK(node.handler().modified().empty());
  CHECK(application_vsn(node, "cell") == "1.0");

  const auto told = node.handler().all_history();
  CHECK(told.back().at("operation") == "app downgrade");
  CHECK(told.back().at("by") == "tester");
  CHECK(told.back().at("from") == "2.0");
  CHECK(told.back().at("to") == "1.0");
}

TEST_CASE("an application is checked without being changed") {
  release_node node;
  node.add_release_2(up_and_down);
  const auto folder = packaged(node, "2", "cell-2.0");
  install_options options;
  options.rehearse = true;
  const auto check = [&](const path& to, direction way) {
    const auto before = node.snapshot();
    const auto lines = node.handler().all_history().size();
    auto checked = node.handler().check_app(to, way, std::nullopt, options, {});
    REQUIRE_MESSAGE(checked, checked.error().message());
    CHECK(node.snapshot() == before);
    CHECK(node.handler().all_history().size() == lines);
    REQUIRE(checked->rehearsal);
    CHECK(checked->rehearsal->modules.front().up.succeeded == 3);
    CHECK(checked->processes.at("red") == 3);
    return checked->from + " " + checked->to;
  };
  CHECK(check(folder, direction::up) == "1.0 2.0");
  REQUIRE(upgrade(node, folder).ok());
  CHECK(check(node.root() / "lib" / "cell-1.0", direction::down) == "2.0 1.0");
  const auto again =
      node.handler().check_app(folder, direction::up, std::nullopt, {}, {});
  REQUIRE_FALSE(again);
  CHECK(again.error().tag() == "already_installed");
}

TEST_CASE("a restart starts the application as its release has it") {
  release_node node;
  node.add_release_2(up_and_down);
  CHECK(upgrade(node, packaged(node, "2", "cell-2.0")).ok());
  node.restart();
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(application_vsn(node, "cell") == "1.0");
  CHECK(node.handler().modified().empty());
}

TEST_CASE("a release is installed over an application that went ahead") {
  release_node node;
  node.add_release_2(up_and_down);
  CHECK(upgrade(node, packaged(node, "2", "cell-2.0")).ok());
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.statuses() == "1 permanent, 2 current");
  CHECK(node.handler().modified().empty());
  CHECK(node.all_serve());
}

TEST_CASE("two applications go one after the other") {
  release_node node;
  node.add_release_2(up_and_down, both_ways("2.0", advanced("blue")));
  CHECK(outcome_of(node, upgrade(node, packaged(node, "2", "cell-2.0"))) ==
        "installed");
  CHECK(outcome_of(node, upgrade(node, packaged(node, "2", "other-2.0"))) ==
        "installed");
  CHECK(outcome_of(node, downgrade(node, node.root() / "lib/cell-1.0/")) ==
        "installed");
  CHECK(outcome_of(node, upgrade(node, packaged(node, "2", "cell-2.0/"))) ==
        "installed");
  CHECK(application_vsn(node, "cell") == "2.0");
  CHECK(application_vsn(node, "other") == "2.0");
  CHECK(node.who("red_2") == "red 2.0");
  CHECK(node.who("blue_2") == "blue 2.0");
}

TEST_CASE("an application whose conversion fails stays as it is") {
  release_node node;
  node.add_release("2", {cell_at("throws", up_only("throws", advanced("red"))),
                         other_at("1.0"), frame()});
  node.cast("red_1", cell::note{13});
  CHECK(node.call("red_1", cell::heard{}).size() == 1);
  const auto before = node.snapshot();
  CHECK(outcome_of(node, upgrade(node, packaged(node, "2", "cell-throws"))) ==
        fmt::format("undone code_change_failed: code_change of red in process "
                    "{} red_1 failed: 13 brings bad luck",
                    instar::to_string(node.node().whereis("red_1"))));
  CHECK(node.snapshot() == before);
  CHECK(node.handler().modified().empty());
}

TEST_CASE("instructions of one's own stand for the appup") {
  release_node node;
  node.add_release("2", {cell_at("2.0"), other_at("1.0"), frame()});
  const auto file = node.root() / "script.yaml";
  REQUIRE(
      node.files().write(file,
                         "- update: {module: red, change: {advanced: null}}\n"
                         "- load_module: ink\n"));
  const auto folder = packaged(node, "2", "cell-2.0");
  const auto done =
      node.handler().eval_appup_script(folder, file, {}, {"tester"}, {});
  CHECK(outcome_of(node, done) == "installed");
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
  REQUIRE(node.files().write(file, "red: 1\n"));
  CHECK(outcome_of(node, node.handler().eval_appup_script(
                             node.root() / "lib" / "cell-1.0", file, {},
                             {"tester"}, {}))
            .starts_with("refused file_problem: ROOT/script.yaml:1:1: "));
}

TEST_CASE("what an application lacks for its upgrade is named") {
  release_node node;
  node.add_release_2(up_only("2.0", advanced("red")));
  const auto lib = node.root() / "lib";
  const auto before = node.snapshot();
  CHECK(outcome_of(node, upgrade(node, node.root() / "lib")) ==
        "refused unknown_version: ROOT/lib is not named as an application and "
        "its version, as kv-1.1.0 is");
  CHECK(outcome_of(node, upgrade(node, lib / "cell-9.0")) ==
        "refused no_app_found: ROOT/lib/cell-9.0/app.yaml is not there");
  CHECK(outcome_of(node, upgrade(node, lib / "cell-1.0")) ==
        "refused already_installed: cell 1.0 runs already");
  CHECK(outcome_of(node, downgrade(node, lib / "cell-2.0")) ==
        "refused no_appup_found: ROOT/lib/cell-1.0/appup.yaml is not there");
  REQUIRE(upgrade(node, lib / "cell-2.0").ok());
  CHECK(outcome_of(node, downgrade(node, lib / "cell-1.0"))
            .starts_with("refused version_not_in_appup: "));
  REQUIRE(node.files().make_folders(lib / "cell-3.0"));
  REQUIRE(node.files().copy_file(lib / "cell-2.0" / "app.yaml",
                                 lib / "cell-3.0" / "app.yaml"));
  CHECK(outcome_of(node, upgrade(node, lib / "cell-3.0")) ==
        "refused unknown_version: ROOT/lib/cell-3.0/app.yaml says cell "
        "\"2.0\"");
  REQUIRE(node.files().make_folders(lib / "spare-1.0"));
  REQUIRE(node.files().write(lib / "spare-1.0" / "app.yaml",
                             "application: spare\nvsn: \"1.0\"\n"));
  CHECK(outcome_of(node, upgrade(node, lib / "spare-1.0")) ==
        "refused app_not_running: application spare does not run");
}

TEST_SUITE_END();
