// Single modules of a running node, as in the development loop.
#include "module/elf_file.hpp"
#include "release_handler/transaction.hpp"
#include "runtime/errors.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/code");

using namespace instar::release_handler::test;
using instar::path;
using instar::release_handler::install_options;
using instar::release_handler::install_report;
using instar::release_handler::requester;

namespace {

path built(const std::string& module, const std::string& vsn) {
  return path(INSTAR_TEST_MODULES) / (module + "-" + vsn) / (module + ".so");
}

install_report upgrade(release_node& node, const path& file) {
  return node.handler().upgrade_code(file, {}, {}, {"tester"}, {});
}

// The same module and version with other bytes: another build id.
path rebuilt(release_node& node, const path& file) {
  const auto about = instar::module_file::read_elf(node.files(), file);
  REQUIRE(about);
  std::string id;
  for (std::size_t i = 0; i < about->build_id.size(); i += 2) {
    id +=
        static_cast<char>(std::stoi(about->build_id.substr(i, 2), nullptr, 16));
  }
  auto bytes = node.files().read(file, 64U << 20U);
  REQUIRE(bytes);
  const auto at = bytes->find(id);
  REQUIRE(at != std::string::npos);
  (*bytes)[at] = static_cast<char>((*bytes)[at] ^ 1);
  const auto made = node.root() / "rebuilt.so";
  REQUIRE(node.files().write(made, *bytes));
  return made;
}

std::string modified(release_node& node) {
  std::string text;
  for (const auto& [module, file] : node.handler().modified())
    text += module + " ";
  return text;
}

}  // namespace

TEST_CASE("a module is upgraded by itself with its states and back again") {
  release_node node;
  node.cast("red_1", cell::note{5});
  CHECK(node.call("red_1", cell::heard{}).size() == 1);
  const auto pid = node.node().whereis("red_1");
  const auto up = upgrade(node, built("red", "2.0"));
  CHECK(outcome_of(node, up) == "installed");
  CHECK(up.from == "1.0");
  CHECK(up.to == "2.0");
  CHECK(up.processes == 3);
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.state("red_1").find(R"("heard":[5])") != std::string::npos);
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(modified(node) == "red ");
  CHECK(node.statuses() == "1 permanent");

  // What the release has is the way back.
  CHECK(upgrade(node, node.module_file("cell-1.0", "red")).ok());
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(modified(node) == "");
  CHECK(node.all_serve());
}

TEST_CASE("a module whose code_change throws is as it was") {
  release_node node;
  node.cast("red_2", cell::note{13});
  CHECK(node.call("red_2", cell::heard{}).size() == 1);
  const auto before = node.snapshot();
  CHECK(outcome_of(node, upgrade(node, built("red", "throws"))) ==
        fmt::format("undone code_change_failed: code_change of red in process "
                    "{} red_2 failed: 13 brings bad luck",
                    instar::to_string(node.node().whereis("red_2"))));
  CHECK(node.snapshot() == before);
  CHECK(node.spooled() == node.mapped());
  CHECK(modified(node) == "");
}

TEST_CASE("the same version with other bytes is taken by hand") {
  release_node node;
  const auto again = rebuilt(node, built("red", "1.0"));
  const auto report = upgrade(node, again);
  CHECK(outcome_of(node, report) == "installed");
  CHECK(report.from == "1.0");
  CHECK(report.to == "1.0");
  CHECK(node.node().code().which("red") == again.string());
  CHECK(modified(node) == "red ");
  CHECK(node.all_serve());
  // A release that brings the module ends that.
  node.add_release_2(both_ways("2.0", advanced("red")));
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(modified(node) == "");
  CHECK(outcome_of(node, node.install("1")) == "installed");
  CHECK(node.node().code().which("red") ==
        node.module_file("cell-1.0", "red").string());
}

TEST_CASE("the same version with other bytes in a release is an error") {
  release_node node;
  node.add_release("2", {cell_at("1.1", both_ways("1.1", "{load_module: red}")),
                         other_at("1.0"), frame()});
  CHECK(node.install("2").ok());
  node.add_release(
      "3", {cell_at("1.1"), other_at("1.0"), frame()},
      "vsn: \"3\"\nup:\n  - from: \"2\"\n    script:\n"
      "      - load_object_code: {lib: cell, vsn: \"1.1\", modules: [red]}\n"
      "      - point_of_no_return\n"
      "      - load: {module: red, pre_purge: brutal_purge, post_purge: "
      "brutal_purge}\n");
  // Somebody builds the running version again.
  const auto file = node.module_file("cell-1.1", "red");
  const auto bytes = node.files().read(rebuilt(node, file), 64U << 20U).value();
  REQUIRE(node.files().remove(file));
  REQUIRE(node.files().write(file, bytes));
  CHECK(outcome_of(node, node.install("3")) ==
        "refused bad_module_file: ROOT/lib/cell-1.1/modules/red.so is red 1.1 "
        "with other bytes than the one that runs, "
        "ROOT/lib/cell-1.1/modules/red.so: give it a version of its own");
}

TEST_CASE("a module that is not loaded cannot be upgraded") {
  release_node node;
  CHECK(outcome_of(node, upgrade(node, built("page", "1.0"))) ==
        "refused no_such_module: module page is not loaded: there is nothing "
        "to upgrade; load it");
  CHECK(node.node().code().which("page") == "");
  const auto loaded =
      node.handler().load_code(built("page", "1.0"), {"tester"});
  REQUIRE(loaded);
  CHECK(*loaded == "page");
  CHECK(node.node().code().is_loaded("page"));
  CHECK(outcome_of(node, upgrade(node, built("page", "1.0"))) ==
        "refused already_installed: page 1.0 of " +
            built("page", "1.0").string() + " runs already");
  CHECK(node.handler().load_code("/nowhere.so", {"tester"}).error().message() !=
        "");
}

TEST_CASE("a module is loaded deleted and purged as in Erlang") {
  release_node node;
  auto& code = node.node().code();
  const auto load = [&](const std::string& vsn) {
    return node.handler().load_code(built("ink", vsn), {"tester"});
  };
  REQUIRE(load("2.0"));
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
  CHECK(node.old_vsn("ink") == "1.0");
  // A third version: the oldest goes, which nobody uses.
  REQUIRE(load("1.0"));
  CHECK(node.current_vsn("ink") == "1.0");
  const auto refused = node.handler().delete_code("ink", {"tester"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message() == "ink has old code, 2.0: purge it first");
  REQUIRE(node.handler().purge_code("ink", true));
  REQUIRE(node.handler().delete_code("ink", {"tester"}));
  CHECK(node.current_vsn("ink") == "none");
  CHECK(code.which("ink") == "");
  REQUIRE(node.handler().purge_code("ink", true));
  CHECK(code.not_current("ink").empty());
  CHECK(modified(node) == "ink ");
  CHECK(node.handler().delete_code("ink", {"tester"}).error().message() ==
        "module ink is not loaded");
}

TEST_CASE("processes stay in old code when a module is loaded by hand") {
  release_node node;
  auto& code = node.node().code();
  const auto red = node.node().whereis("red_1");
  REQUIRE(node.handler().load_code(built("red", "1.1"), {"tester"}));
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(instar::check_process_code(node.node(), red, "red"));
  const auto kept = node.handler().purge_code("red", true);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().message().starts_with("red 1.0 is still used by " +
                                           instar::to_string(red) +
                                           " red_1 (its state), "));
  // There is no room for a third version.
  const auto third = node.handler().load_code(built("red", "2.0"), {"tester"});
  REQUIRE_FALSE(third);
  CHECK(third.error().code == instar::errc::old_processes);
  CHECK(code.current("red")->vsn == "1.1");
  REQUIRE(node.handler().purge_code("red", false));
  CHECK(node.node().table().find_alive(red) == nullptr);
}

TEST_CASE("object code is what is mapped and can be loaded from memory") {
  release_node node;
  auto& code = node.node().code();
  const auto now = code.get_object_code("ink");
  REQUIRE(now);
  CHECK(now->module == "ink");
  CHECK(now->file == node.module_file("cell-1.0", "ink").string());
  CHECK(now->bytes ==
        node.files().read(built("ink", "1.0"), 64U << 20U).value());
  const auto next = node.files().read(built("ink", "2.0"), 64U << 20U);
  REQUIRE(code.load_binary("ink", "by hand", *next));
  CHECK(code.which("ink") == "by hand");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
  const auto wrong = code.load_binary("page", "by hand", *next);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message() == "by hand is module ink, not page");
  CHECK_FALSE(code.load_binary("ink", "by hand", "no module"));
  CHECK(node.spooled() == node.mapped());
}

TEST_CASE("a sticky module stays as it is") {
  release_node node;
  auto& code = node.node().code();
  code.stick("ink");
  CHECK(code.is_sticky("ink"));
  const auto refused =
      node.handler().load_code(built("ink", "2.0"), {"tester"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message() ==
        "module ink is sticky: it can be neither loaded anew nor deleted");
  CHECK_FALSE(node.handler().delete_code("ink", {"tester"}));
  node.add_release_2(both_ways("2.0", "{load_module: ink}"));
  CHECK(outcome_of(node, node.install("2")).find("refused sticky_directory") ==
        0);
  code.unstick("ink");
  CHECK(node.handler().load_code(built("ink", "2.0"), {"tester"}));
}

TEST_CASE("in interactive mode a module is loaded when it is first used") {
  release_node node;
  auto& code = node.node().code();
  CHECK(code.use("page").error().message() == "module page is not loaded");
  code.set_code_path(instar::code_mode::interactive,
                     {"/nowhere", built("page", "1.0").parent_path()});
  const auto page = code.use("page");
  REQUIRE(page);
  CHECK(page->get()->vsn == "1.0");
  CHECK(code.which("page") == built("page", "1.0").string());
  CHECK(code.use("nothing").error().message() ==
        "module nothing is not loaded and in no folder of the code path");
  // A function that another module imports.
  REQUIRE(code.delete_module("ink"));
  REQUIRE(code.soft_purge("ink"));
  code.set_code_path(instar::code_mode::interactive,
                     {built("ink", "2.0").parent_path()});
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
}

TEST_CASE("one operation at a time also for single modules") {
  release_node node;
  blocked_process blocked(node, "red_1");
  node.add_release_2(both_ways("2.0", advanced("red")));
  background_install going(node, "2");
  going.wait_for("suspend");
  CHECK(outcome_of(node, upgrade(node, built("red", "2.0")))
            .starts_with("refused install_in_progress: install of 2 is under "
                         "way, by "));
  CHECK_FALSE(node.handler().load_code(built("ink", "2.0"), {"tester"}));
  CHECK_FALSE(node.handler().purge_code("ink", true));
  CHECK_FALSE(node.handler().delete_code("ink", {"tester"}));
  blocked.leave();
  CHECK(going.finish().ok());
}
