#include "module/abi.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/bad_input");

using namespace instar::release_handler::test;

namespace {

// Installs "2", which must fail as `expected` says and change nothing.
void check_refused(release_node& node, const std::string& expected) {
  const auto before = node.snapshot();
  const auto mapped = node.mapped();
  const auto spooled = node.spooled();
  for (int i = 0; i < 2; ++i) {
    CHECK(outcome_of(node, node.install("2")) == expected);
    CHECK(node.snapshot() == before);
    CHECK(node.mapped() == mapped);
    CHECK(node.spooled() == spooled);
  }
  CHECK(node.all_serve());
  CHECK(node.warnings().empty());
}

// A release "2" whose cell is built as version `vsn`.
void add_variant(release_node& node, const std::string& vsn,
                 const std::string& instructions) {
  node.add_release("2", {cell_at(vsn, up_only(vsn, instructions)),
                         other_at("1.0"), frame()});
}

}  // namespace

TEST_CASE("a release that is not there is named") {
  release_node node;
  const auto before = node.snapshot();
  CHECK(outcome_of(node, node.install("9")) ==
        "refused no_such_release: there is no release \"9\" on this node");
  CHECK(outcome_of(node, node.install("1")) ==
        "refused already_installed: release 1 runs");
  CHECK(node.snapshot() == before);
}

TEST_CASE("an appup with a syntax error is shown with its line") {
  release_node node;
  node.add_release_2(
      "vsn: \"2.0\"\nup:\n  - from: \"1.0\"\n    instructions: "
      "[update: red\n");
  check_refused(
      node,
      "refused file_problem: ROOT/lib/cell-2.0/appup.yaml:4:19: "
      "error[file_problem]: not YAML: the [ that opens here is never closed\n"
      "      instructions: [update: red\n"
      "                    ^");
}

TEST_CASE("an unknown instruction is shown with what was meant") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{load_modul: ink}"));
  check_refused(
      node,
      "refused bad_instruction: ROOT/lib/cell-2.0/appup.yaml:4:21: "
      "error[bad_instruction]: there is no instruction \"load_modul\" (did you "
      "mean \"load_module\"?)\n"
      "      instructions: [{load_modul: ink}]\n"
      "                      ^");
}

TEST_CASE("a module that is built for another ABI is refused before it runs") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{load_module: ink}"));
  const auto file = node.module_file("cell-2.0", "ink");
  auto bytes = node.files().read(file, 64U << 20U).value();
  const std::string here = std::to_string(INSTAR_RUNTIME_ABI);
  const auto tag = "rt=" + here + ";";
  for (auto at = bytes.find(tag); at != std::string::npos;
       at = bytes.find(tag, at + 1)) {
    bytes.replace(at, tag.size(), "rt=" + std::string(here.size(), '7') + ";");
  }
  REQUIRE(node.files().write(file, bytes));
  check_refused(
      node,
      "refused wrong_abi: ROOT/lib/cell-2.0/modules/ink.so: abi_tag: rt (the "
      "version of instar's module interface) is \"" +
          std::string(here.size(), '7') + "\" in the module but \"" + here +
          "\" here: build the module with the headers of the runtime that "
          "loads it");
}

TEST_CASE("a state that is not the one the new code knows is refused") {
  release_node node;
  add_variant(node, "other_old", advanced("red"));
  check_refused(node,
                "refused layout_mismatch: the state of red 1.0 in memory is "
                "cell.state_1, that of other_old is cell.state, and the "
                "code_change of red other_old declares the old state as "
                "cell.state_1: field heard is vector<int8> at 8 but "
                "vector<int4> at 8 is declared");
}

TEST_CASE("a module of another state cannot be loaded without a conversion") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{load_module: red}"));
  check_refused(
      node,
      "refused layout_mismatch: red 2.0 keeps another state than 1.0: "
      "field came_from is missing but string at 72 is declared; "
      "update it with `change: {advanced: EXTRA}` and a code_change");
}

TEST_CASE("a missing module file is named") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{load_module: ink}"));
  REQUIRE(node.files().remove(node.module_file("cell-2.0", "ink")));
  check_refused(node,
                "refused no_such_file: ROOT/lib/cell-2.0/modules/ink.so is not "
                "there");
}

TEST_CASE("a file that holds another module is refused") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{load_module: ink}"));
  node.replace_module("cell-2.0", "ink", "page", "2.0");
  check_refused(node,
                "refused bad_module_file: ROOT/lib/cell-2.0/modules/ink.so "
                "holds module page");
}

TEST_CASE("a file that holds another version is refused") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{load_module: ink}"));
  node.replace_module("cell-2.0", "ink", "ink", "1.0");
  check_refused(node,
                "refused bad_module_file: ROOT/lib/cell-2.0/modules/ink.so was "
                "built as version 1.0");
}

TEST_CASE("a file that is no module is refused") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{load_module: ink}"));
  REQUIRE(node.files().write(node.module_file("cell-2.0", "ink"), "#!/bin/sh"));
  check_refused(
      node,
      "refused bad_elf: ROOT/lib/cell-2.0/modules/ink.so: not an ELF file");
}

TEST_CASE("an application without an appup leads nowhere") {
  release_node node;
  node.add_release_2({});
  check_refused(
      node,
      "refused no_matching_relup: no relup.yaml leads from release 1 to "
      "2, and none can be compiled:\n"
      "ROOT/lib/cell-2.0/appup.yaml: error[file_problem]: there is no "
      "such file, and the application's version changes\n"
      "ROOT/lib/cell-1.0/appup.yaml: error[file_problem]: there is no "
      "such file, and the application's version changes");
}

TEST_CASE("an appup without an entry for the running version leads nowhere") {
  release_node node;
  node.add_release_2(
      "vsn: \"2.0\"\nup:\n  - from: \"0.9\"\n    instructions: []\n");
  check_refused(
      node,
      "refused no_matching_relup: no relup.yaml leads from release 1 to "
      "2, and none can be compiled:\n"
      "ROOT/lib/cell-2.0/appup.yaml:2:1: error[no_relup]: cell 2.0 "
      "has no way up from version 1.0; it has \"0.9\"\n"
      "  up:\n"
      "  ^\n"
      "ROOT/lib/cell-1.0/appup.yaml: error[file_problem]: there is no "
      "such file, and the application's version changes");
}

TEST_CASE("a relup without an entry for the running release leads nowhere") {
  release_node node;
  node.add_release("2", {cell_at("2.0"), other_at("1.0"), frame()},
                   "vsn: \"2\"\nup:\n  - from: \"0\"\n    script: []\n");
  check_refused(node,
                "refused no_matching_relup: no script leads from release 1 to "
                "2 (looked in ROOT/releases/2/relup.yaml)");
}

TEST_CASE("a relup of another release is refused") {
  release_node node;
  node.add_release("2", {cell_at("2.0"), other_at("1.0"), frame()},
                   "vsn: \"3\"\nup:\n  - from: \"1\"\n    script: []\n");
  check_refused(node,
                "refused bad_relup_file: ROOT/releases/2/relup.yaml is the "
                "relup of release 3");
}

TEST_CASE("a relup that cannot be read is shown with its line") {
  release_node node;
  node.add_release("2", {cell_at("2.0"), other_at("1.0"), frame()},
                   "vsn: \"2\"\nup:\n  - from: \"1\"\n    script: [update]\n");
  check_refused(node,
                "refused bad_relup_file: ROOT/releases/2/relup.yaml:4:14: "
                "error[bad_instruction]: update needs an argument: write "
                "update: ...\n"
                "      script: [update]\n"
                "               ^");
}

TEST_CASE("a relup that loads from a version the release lacks is refused") {
  release_node node;
  node.add_release("2", {cell_at("2.0"), other_at("1.0"), frame()}, R"(vsn: "2"
up:
  - from: "1"
    script:
      - load_object_code: {lib: cell, vsn: "1.1", modules: [ink]}
      - point_of_no_return
      - load: {module: ink, pre_purge: brutal_purge, post_purge: brutal_purge}
)");
  check_refused(node,
                "refused bad_lib_vsn: the relup loads ink from cell-1.1, but "
                "the release has cell-2.0");
}

TEST_CASE("an effect within a batch is refused") {
  release_node node;
  node.add_release_2(both_ways(
      "2.0",
      "{load_object_code: {lib: cell, vsn: \"2.0\", modules: [red]}}, "
      "{suspend: [red]}, {load: {module: red, pre_purge: soft_purge, "
      "post_purge: soft_purge}}, {apply: {module: ink, function: refuse, args: "
      "[]}}, {resume: [red]}"));
  check_refused(node,
                "refused effect_in_batch: apply (ink:refuse[]) stands between "
                "the suspend and the resume of red: an effect cannot be part "
                "of the pause");
}

TEST_CASE("a code_change that throws keeps every state as it was") {
  release_node node;
  add_variant(node, "throws", advanced("red"));
  node.cast("red_1", cell::note{1});
  node.cast("red_2", cell::note{13});
  node.cast("red_3", cell::note{3});
  CHECK(node.call("red_2", cell::heard{}) == std::vector<std::int64_t>{13});
  check_refused(node,
                fmt::format("undone code_change_failed: code_change of red in "
                            "process {} red_2 failed: 13 brings bad luck",
                            to_string(node.node().whereis("red_2"))));
  CHECK(node.call("red_1", cell::heard{}) == std::vector<std::int64_t>{1});
  CHECK(node.call("red_3", cell::heard{}) == std::vector<std::int64_t>{3});
}

TEST_CASE("an import with a wrong signature is refused") {
  release_node node;
  add_variant(node, "wrong_import", "{load_module: red}");
  check_refused(node,
                "refused undef: red wrong_import imports ink:tint as int(long "
                "int), but ink 1.0 exports it as "
                "std.__cxx11.basic_string<char>(long int)");
}

TEST_CASE("a package that is not there is not unpacked") {
  release_node node;
  const auto before = node.snapshot();
  const auto unpacked = node.handler().unpack_release(node.root() / "none");
  REQUIRE_FALSE(unpacked);
  CHECK(unpacked.error().tag() == "no_such_file");
  CHECK(node.snapshot() == before);
}

TEST_SUITE_END();
