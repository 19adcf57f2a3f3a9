// Ways through other releases: 1 to 2 to 3, where 3 knows only 2.
#include "appup/reader.hpp"
#include "appup/relup_maker.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/via");

using namespace instar::release_handler::test;
using instar::path;
using instar::release_handler::install_options;
using instar::release_handler::install_report;

namespace {

// From and to 1.1, with the same instructions.
std::string from_1_1(const std::string& vsn, const std::string& instructions,
                     const std::string& down) {
  return fmt::format(
      "vsn: \"{0}\"\nup:\n  - from: \"1.1\"\n    instructions: [{1}]\ndown:\n"
      "  - to: \"1.1\"\n    instructions: [{2}]\n",
      vsn, instructions, down);
}

// Releases 2 and 3 beside 1; release 3's cell is of that version.
void add_releases(
    release_node& node, const std::string& cell_vsn = "2.0",
    const std::string& cell_1_1 = both_ways("1.1", "{load_module: red}")) {
  node.add_release("2", {cell_at("1.1", cell_1_1), other_at("1.0"), frame()});
  node.add_release(
      "3",
      {cell_at(cell_vsn, from_1_1(cell_vsn, advanced("red"), advanced("red"))),
       other_at("1.0"), frame()});
}

// As `instar relup make --chain` does.
void make_relup(release_node& node) {
  const auto file = [&](const char* vsn) {
    return node.root() / "releases" / vsn / "release.yaml";
  };
  instar::appup::make_relup_request request;
  request.files = &node.files();
  request.release = file("3");
  request.up_from = {file("1"), file("2")};
  request.lib_folders = {node.root() / "lib"};
  request.chain = true;
  const auto made = instar::appup::make_relup(request);
  REQUIRE_MESSAGE(made.ok(), instar::appup::to_text(made.errors));
  CHECK(made.relup->up.at(1).via == std::vector<std::string>{"2"});
  REQUIRE(node.files().write(node.root() / "releases" / "3" / "relup.yaml",
                             instar::appup::write_relup(*made.relup)));
}

}  // namespace

TEST_CASE("an installation goes through another release and back again") {
  release_node node;
  add_releases(node);
  make_relup(node);
  node.cast("red_1", cell::note{5});
  const auto before = node.state("red_1");
  const auto pid = node.node().whereis("red_1");

  const auto up = node.install("3");
  CHECK(outcome_of(node, up) == "installed");
  CHECK(up.from == "1");
  CHECK(up.to == "3");
  CHECK(up.batches == 2);
  CHECK(node.who("red_1") == "red 2.0");
  // The second hop came from 1.1.
  CHECK(node.state("red_1").find(R"("heard":[5])") != std::string::npos);
  CHECK(node.statuses() == "1 permanent, 2 old, 3 current");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.all_serve());

  const auto down = node.install("1");
  CHECK(outcome_of(node, down) == "installed");
  CHECK(down.batches == 2);
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.state("red_1") == before);
  CHECK(node.statuses() == "1 permanent, 2 old, 3 old");
  CHECK(node.all_serve());
}

TEST_CASE("a hop that fails takes the hops before it back") {
  release_node node;
  add_releases(node, "throws");
  make_relup(node);
  node.cast("red_1", cell::note{13});
  CHECK(node.call("red_1", cell::heard{}).size() == 1);
  const auto before = node.state("red_1");
  const auto pid = node.node().whereis("red_1");
  const auto report = node.install("3");
  CHECK(outcome_of(node, report) ==
        fmt::format("rolled_back code_change_failed: from 2 to 3: code_change "
                    "of red in process {} red_1 failed: 13 brings bad luck",
                    instar::to_string(pid)));
  CHECK(node.state("red_1") == before);
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.statuses() == "1 permanent, 2 old, 3 unpacked");
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.all_serve());
  CHECK(node.current_vsn("red") == "1.0");
}

TEST_CASE("a check shows the hops") {
  release_node node;
  add_releases(node);
  make_relup(node);
  const auto before = node.snapshot();
  const auto checked = node.handler().check_install_release("3", {}, {});
  REQUIRE_MESSAGE(checked, checked.error().message());
  REQUIRE(checked->hops.size() == 2);
  CHECK(checked->hops[0].to == "2");
  CHECK(checked->hops[1].from == "2");
  CHECK(checked->processes.at("red") == 3);
  const auto json = instar::release_handler::to_json(*checked);
  CHECK(json.at("hops").as_array().size() == 2);
  CHECK(json.as_object().if_contains("steps") == nullptr);
  CHECK(node.snapshot() == before);
}

TEST_CASE("a check rehearses every hop") {
  release_node node;
  add_releases(node);
  make_relup(node);
  const auto before = node.snapshot();
  const auto mapped = node.mapped();
  install_options options;
  options.rehearse = true;
  SUBCASE("up and down again") {
    options.round_trip = true;
  }
  SUBCASE("in a child") {
    options.isolated = true;
  }
  const auto checked = node.handler().check_install_release("3", options, {});
  REQUIRE_MESSAGE(checked, checked.error().message());
  REQUIRE(checked->rehearsal);
  // The first hop only loads.
  REQUIRE(checked->rehearsal->modules.size() == 1);
  const auto& red = checked->rehearsal->modules.front();
  CHECK(red.hop == 1);
  CHECK(red.from_vsn == "1.1");
  CHECK(red.up.succeeded == 3);
  CHECK(red.down.succeeded == 3);
  CHECK(red.compared == (options.round_trip ? 3 : 0));
  CHECK(checked->ok());
  CHECK(to_json(*checked).at("rehearsal").at("modules").at(0).at("hop") == 2);
  CHECK(node.snapshot() == before);
  CHECK(node.mapped() == mapped);
  CHECK(node.install("3", options).ok());
}

TEST_CASE("a conversion of the last hop that fails refuses before the first") {
  release_node node;
  install_options options;
  options.rehearse = true;
  SUBCASE("in place") {
    add_releases(node, "throws");
  }
  SUBCASE("in a child that crashes") {
    add_releases(node, "crashes");
    options.isolated = true;
  }
  make_relup(node);
  node.cast("red_1", cell::note{13});
  CHECK(node.call("red_1", cell::heard{}).size() == 1);
  const auto before = node.snapshot();
  const auto report = node.install("3", options);
  CHECK(outcome_of(node, report)
            .starts_with("refused code_change_failed: from 1 to 2: the "
                         "rehearsal failed for 1 of 3 conversions: in hop 2, "
                         "red_1 ("));
  CHECK(report.batches == 0);
  CHECK(node.snapshot() == before);
}

TEST_CASE("a release in between that is not on the node is named") {
  release_node node;
  add_releases(node);
  make_relup(node);
  CHECK(node.handler().remove_release("2"));
  CHECK(outcome_of(node, node.install("3")) ==
        "refused no_such_release: the way from release 1 to 3 leads through 2, "
        "which is not on this node: unpack it first");
}

TEST_CASE("a module file that a later hop needs is missed before the first") {
  release_node node;
  add_releases(node);
  make_relup(node);
  REQUIRE(node.files().remove(node.module_file("cell-2.0", "red")));
  CHECK(outcome_of(node, node.install("3")) ==
        "refused no_such_file: ROOT/lib/cell-2.0/modules/red.so is not there");
  CHECK(node.statuses() == "1 permanent, 2 unpacked, 3 unpacked");
}

TEST_CASE("a module file of a later hop that is another one is found before") {
  release_node node;
  add_releases(node);
  make_relup(node);
  node.replace_module("cell-2.0", "red", "red", "1.0");
  CHECK(outcome_of(node, node.install("3")) ==
        "refused bad_module_file: ROOT/lib/cell-2.0/modules/red.so holds "
        "module red 1.0");
}

TEST_CASE("a hop without a way back is refused unless it is allowed") {
  release_node node;
  add_releases(node, "throws", up_only("1.1", "{load_module: red}"));
  // The way down is not asked for.
  REQUIRE(node.files().write(
      node.root() / "releases" / "3" / "relup.yaml",
      "vsn: \"3\"\nup:\n  - {from: \"1\", via: [\"2\"]}\n  - from: \"2\"\n"
      "    script:\n"
      "      - load_object_code: {lib: cell, vsn: throws, modules: [red]}\n"
      "      - point_of_no_return\n"
      "      - suspend: [red]\n"
      "      - load: {module: red, pre_purge: brutal_purge, post_purge: "
      "brutal_purge}\n"
      "      - code_change: {mode: up, modules: [{module: red, extra: null}]}\n"
      "      - resume: [red]\n"));
  CHECK(
      outcome_of(node, node.install("3"))
          .starts_with("refused irreversible: the hop from 1 to 2 cannot be "
                       "taken back where a later one fails (no relup.yaml "
                       "leads from release 2 to 1, and none can be compiled"));
  node.cast("red_1", cell::note{13});
  CHECK(node.call("red_1", cell::heard{}).size() == 1);
  install_options allowed;
  allowed.allow_irreversible = true;
  const auto report = node.install("3", allowed);
  CHECK(outcome_of(node, report)
            .starts_with("degraded code_change_failed: from 2 to 3"));
  CHECK(outcome_of(node, report)
            .find("going back from 2 to 1 failed: no script "
                  "leads back") != std::string::npos);
  CHECK(node.statuses() == "1 permanent, 2 current, 3 unpacked");
  CHECK(node.who("red_1") == "red 1.1");
  CHECK(node.all_serve());
}

TEST_CASE("releases that lead through each other are an error") {
  release_node node;
  add_releases(node);
  const auto put = [&](const char* vsn, const char* text) {
    REQUIRE(node.files().write(node.root() / "releases" / vsn / "relup.yaml",
                               text));
  };
  put("3", "vsn: \"3\"\nup: [{from: \"1\", via: [\"2\"]}]\n");
  put("2", "vsn: \"2\"\nup: [{from: \"1\", via: [\"3\"]}]\n");
  CHECK(outcome_of(node, node.install("3"))
            .starts_with("refused bad_relup_file: the way from release 1 to"));
}
