#include "runtime/sys.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/effects");

using namespace instar::release_handler::test;
using instar::to_string;
using instar::release_handler::install_options;
using instar::release_handler::install_report;

namespace {

const install_options irreversible = [] {
  install_options options;
  options.allow_irreversible = true;
  return options;
}();

// The lines that applies have written.
class paper {
public:
  explicit paper(release_node& node)
      : node_(node), file_(node.root() / "paper") {}
  std::string read() {
    const auto bytes = node_.files().read(file_, 1U << 20U);
    return bytes ? *bytes : std::string();
  }
  // `apply: ...` of a line, and what takes it back.
  std::string write(const std::string& line, const std::string& undo) const {
    return fmt::format(
        "{{apply: {{module: ink, function: write, args: [\"{0}\", {1}], undo: "
        "{{module: ink, function: write, args: [\"{0}\", {2}]}}}}}}",
        file_.string(), line, undo);
  }

private:
  release_node& node_;
  instar::path file_;
};

std::string apply(const std::string& function) {
  return "{apply: {module: ink, function: " + function + ", args: []}}";
}

instar::release_handler::test::application spare() {
  return {.name = "spare",
          .vsn = "1.0",
          .modules = {"spare_sup"},
          .mod = "{module: spare_sup, args: {}}"};
}

// "runs", "is loaded" or "is not there"
std::string status_of(release_node& node, const std::string& application) {
  for (const auto& one : node.node().applications().all()) {
    if (one.name == application)
      return one.is_running ? "runs" : "is loaded";
  }
  return "is not there";
}

// Everything but the code that lies mapped beside the current one.
void check_nothing_left(release_node& node, std::size_t mapped) {
  CHECK(node.mapped() == mapped);
  CHECK(node.spooled() == mapped);
  CHECK(node.all_serve());
}

}  // namespace

TEST_CASE("applies are carried out in their places") {
  release_node node;
  paper note(node);
  node.add_release_2(both_ways(
      "2.0", note.write("one", "undo_one") + ", " + advanced("red") + ", " +
                 note.write("two", "undo_two") + ", {load_module: ink}"));
  const auto report = node.install("2");
  CHECK(outcome_of(node, report) == "installed");
  CHECK(report.batches == 2);
  CHECK(note.read() == "one\ntwo\n");
  CHECK(outcome_of(node, node.install("1")) == "installed");
  CHECK(note.read() == "one\ntwo\none\ntwo\n");
}

TEST_CASE("a check carries no apply out") {
  release_node node;
  paper note(node);
  node.add_release_2(both_ways("2.0", note.write("one", "undo_one") +
                                          ", point_of_no_return, " +
                                          note.write("two", "undo_two")));
  REQUIRE(node.handler().check_install_release("2", {}, {}));
  CHECK(note.read().empty());
  CHECK(node.install("2").ok());
  CHECK(note.read() == "one\ntwo\n");
}

TEST_CASE("an apply that fails is followed by the undo of what came before") {
  release_node node;
  paper note(node);
  node.add_release_2(both_ways("2.0", note.write("one", "undo_one") + ", " +
                                          note.write("two", "undo_two") + ", " +
                                          apply("refuse")));
  const auto before = node.snapshot();
  CHECK(outcome_of(node, node.install("2")) ==
        "refused irreversible: cannot be taken back exactly: ink:refuse[] (has "
        "no undo); allow it with --allow-irreversible");
  CHECK(note.read().empty());
  CHECK(outcome_of(node, node.install("2", irreversible)) ==
        "rolled_back effect_failed: ink:refuse: there is no paper");
  CHECK(note.read() == "one\ntwo\nundo_two\nundo_one\n");
  CHECK(node.snapshot() == before);
}

TEST_CASE("what an apply throws is its reason") {
  release_node node;
  node.add_release_2(both_ways("2.0", apply("crash")));
  const auto before = node.snapshot();
  CHECK(outcome_of(node, node.install("2", irreversible)) ==
        "undone effect_failed: ink:crash: the pen broke");
  CHECK(node.snapshot() == before);
}

TEST_CASE("an apply of a function that is not there is named") {
  release_node node;
  node.add_release_2(both_ways("2.0", apply("none")));
  const auto before = node.snapshot();
  CHECK(outcome_of(node, node.install("2", irreversible)) ==
        "undone effect_failed: ink:none: ink 1.0 exports no function none");
  CHECK(node.snapshot() == before);
}

TEST_CASE("a failing second batch takes the first one's states back down") {
  release_node node;
  paper note(node);
  const auto mapped = node.mapped();
  // cell goes over, then an apply, then other, whose code_change throws.
  node.add_release(
      "2", {cell_at("2.0",
                    up_only("2.0", advanced("red") + ", {load_module: ink}, " +
                                       note.write("one", "undo_one"))),
            other_at("throws", up_only("throws", advanced("blue"))), frame()});
  node.cast("red_1", cell::note{1});
  node.cast("blue_2", cell::note{13});
  const auto before = node.snapshot();
  for (int i = 0; i < 2; ++i) {
    const auto report = node.install("2");
    CHECK(outcome_of(node, report) ==
          fmt::format("rolled_back code_change_failed: code_change of blue in "
                      "process {} blue_2 failed: 13 brings bad luck",
                      to_string(node.node().whereis("blue_2"))));
    CHECK(report.batches == 1);
    CHECK(node.snapshot() == before);
    check_nothing_left(node, mapped);
  }
  CHECK(note.read() == "one\nundo_one\none\nundo_one\n");
  CHECK(node.warnings().empty());
}

TEST_CASE("a batch that has no way back must be the last step") {
  release_node node;
  paper note(node);
  node.add_release(
      "2", {cell_at("no_down",
                    up_only("no_down", advanced("red") + ", " +
                                           note.write("one", "undo_one"))),
            other_at("1.0"), frame()});
  const auto before = node.snapshot();
  CHECK(outcome_of(node, node.install("2")) ==
        "refused irreversible: cannot be taken back exactly: a batch before "
        "the last step (the state of red no_down in memory is cell.state, that "
        "of 1.0 is cell.state_1, and neither version has a code_change_down "
        "for it: field came_from would be dropped: write a code_change); allow "
        "it with --allow-irreversible");
  CHECK(node.snapshot() == before);
  CHECK(outcome_of(node, node.install("2", irreversible)) == "installed");
}

TEST_CASE(
    "an application is started with a release and stopped with the next") {
  release_node node;
  node.add_release("2", {cell_at("1.0"), other_at("1.0"), frame(), spare()});
  CHECK(status_of(node, "spare") == "is not there");
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(status_of(node, "spare") == "runs");
  CHECK(node.current_vsn("spare_sup") == "1.0");
  const auto refused = node.install("1");
  CHECK(outcome_of(node, refused) ==
        "refused irreversible: cannot be taken back exactly: application:stop"
        "[\"spare\"] (its state is lost); allow it with --allow-irreversible");
  CHECK(status_of(node, "spare") == "runs");
  CHECK(outcome_of(node, node.install("1", irreversible)) == "installed");
  CHECK(status_of(node, "spare") == "is not there");
  CHECK(node.current_vsn("spare_sup") == "none");
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(status_of(node, "spare") == "runs");
}

TEST_CASE(
    "an application that was started is stopped when a later step fails") {
  release_node node;
  const auto mapped = node.mapped();
  // The relup of add_application, then a batch that fails.
  node.add_release("2", {cell_at("throws"), other_at("1.0"), frame(), spare()},
                   R"(vsn: "2"
up:
  - from: "1"
    script:
      - load_object_code: {lib: spare, vsn: "1.0", modules: [spare_sup]}
      - load_object_code: {lib: cell, vsn: "throws", modules: [red]}
      - point_of_no_return
      - load: {module: spare_sup, pre_purge: brutal_purge, post_purge: brutal_purge}
      - apply: {module: application, function: start, args: [spare, permanent]}
      - suspend: [red]
      - load: {module: red, pre_purge: brutal_purge, post_purge: brutal_purge}
      - code_change: {mode: up, modules: [{module: red, extra: null}]}
      - resume: [red]
)");
  node.cast("red_3", cell::note{13});
  const auto before = node.snapshot();
  CHECK(outcome_of(node, node.install("2")) ==
        fmt::format("rolled_back code_change_failed: code_change of red in "
                    "process {} red_3 failed: 13 brings bad luck",
                    to_string(node.node().whereis("red_3"))));
  CHECK(status_of(node, "spare") == "is not there");
  CHECK(node.current_vsn("spare_sup") == "none");
  CHECK(node.statuses() == "1 permanent, 2 unpacked");
  check_nothing_left(node, mapped);
}

TEST_CASE(
    "an application that was stopped is started when a later step fails") {
  release_node node;
  node.add_release("2", {cell_at("1.0"), other_at("1.0"), frame(), spare()});
  REQUIRE(node.install("2").ok());
  REQUIRE(node.handler().make_permanent("2", {"tester"}));
  const auto mapped = node.mapped();
  // The relup of remove_application, then an apply that fails.
  node.add_release("3", {cell_at("1.0"), other_at("1.0"), frame()}, R"(vsn: "3"
up:
  - from: "2"
    script:
      - point_of_no_return
      - apply: {module: application, function: stop, args: [spare]}
      - remove: {module: spare_sup, pre_purge: brutal_purge, post_purge: brutal_purge}
      - purge: [spare_sup]
      - apply: {module: application, function: unload, args: [spare]}
      - apply: {module: ink, function: refuse, args: []}
)");
  CHECK(outcome_of(node, node.install("3", irreversible)) ==
        "rolled_back effect_failed: ink:refuse: there is no paper");
  CHECK(status_of(node, "spare") == "runs");
  CHECK(node.current_vsn("spare_sup") == "1.0");
  for (const auto& one : node.node().applications().all()) {
    if (one.name == "spare") {
      CHECK(one.vsn == "1.0");
      CHECK(one.type == instar::application_start_type::permanent);
    }
  }
  check_nothing_left(node, mapped);
}

TEST_CASE("an application is restarted with its new code") {
  release_node node;
  node.add_release_2({}, {});
  node.add_release("3", {cell_at("1.0"), other_at("1.0"), frame(), spare()});
  REQUIRE(node.install("3").ok());
  auto newer = spare();
  newer.vsn = "1.0";
  node.add_release("4", {cell_at("1.0"), other_at("1.0"), frame(), newer},
                   R"(vsn: "4"
up:
  - from: "3"
    script:
      - load_object_code: {lib: spare, vsn: "1.0", modules: [spare_sup]}
      - point_of_no_return
      - apply: {module: application, function: stop, args: [spare]}
      - remove: {module: spare_sup, pre_purge: brutal_purge, post_purge: brutal_purge}
      - purge: [spare_sup]
      - load: {module: spare_sup, pre_purge: brutal_purge, post_purge: brutal_purge}
      - apply: {module: application, function: start, args: [spare, permanent]}
)");
  CHECK(outcome_of(node, node.install("4", irreversible)) == "installed");
  CHECK(status_of(node, "spare") == "runs");
  CHECK(node.current_vsn("spare_sup") == "1.0");
}

TEST_CASE("children are stopped and started around a batch") {
  release_node node;
  node.add_release_2(
      both_ways("2.0", "{stop: [red]}, {load_module: ink}, {start: [red]}"));
  node.cast("red_1", cell::note{1});
  const auto red = node.node().whereis("red_1");
  const auto blue = node.node().whereis("blue_1");
  CHECK(outcome_of(node, node.install("2")) ==
        "refused irreversible: cannot be taken back exactly: stop red (its "
        "state is lost), start red (its state is lost); allow it with "
        "--allow-irreversible");
  CHECK(node.node().whereis("red_1") == red);
  CHECK(outcome_of(node, node.install("2", irreversible)) == "installed");
  CHECK(node.node().whereis("red_1") != red);
  CHECK(node.node().whereis("blue_1") == blue);
  CHECK(node.call("red_1", cell::heard{}).empty());
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
  CHECK(node.all_serve());
}

TEST_CASE("children that were stopped are started when a later step fails") {
  release_node node;
  node.add_release_2(both_ways(
      "2.0",
      "{stop: [red, blue]}, " + apply("refuse") + ", {start: [red, blue]}"));
  const auto before = node.node().whereis("red_1");
  CHECK(outcome_of(node, node.install("2", irreversible)) ==
        "rolled_back effect_failed: ink:refuse: there is no paper");
  CHECK(node.node().whereis("red_1"));
  CHECK(node.node().whereis("red_1") != before);
  CHECK(node.all_serve());
}

TEST_CASE("only the children of the modules that a start names are started") {
  release_node node;
  node.add_release("2", {cell_at("1.0"), other_at("1.0"), frame()},
                   R"(vsn: "2"
up:
  - from: "1"
    script:
      - point_of_no_return
      - stop: [red, blue]
      - start: [blue]
      - apply: {module: ink, function: refuse, args: []}
      - start: [red]
)");
  CHECK(outcome_of(node, node.install("2", irreversible)) ==
        "rolled_back effect_failed: ink:refuse: there is no paper");
  CHECK(node.all_serve());
}

TEST_CASE("children of a supervisor that is suspended cannot be stopped") {
  release_node node;
  node.add_release_2(both_ways("2.0", "{stop: [red]}, {start: [red]}"));
  const auto before = node.snapshot();
  const auto top = node.node().whereis("frame_sup");
  REQUIRE(instar::sys::suspend(node.node(), top));
  CHECK(outcome_of(node, node.install("2", irreversible)) ==
        fmt::format("undone suspended_supervisor: supervisor {} is suspended, "
                    "so its children cannot be asked for: resume it",
                    to_string(top)));
  REQUIRE(instar::sys::resume(node.node(), top));
  CHECK(node.snapshot() == before);
}

TEST_CASE("a second batch that gets nobody quiet takes the first one back") {
  release_node node;
  paper note(node);
  const auto mapped = node.mapped();
  node.add_release_2(
      both_ways("2.0", advanced("red") + ", " + note.write("one", "undo_one")),
      both_ways("2.0", advanced("blue")));
  node.cast("red_1", cell::note{1});
  const auto before = node.snapshot();
  blocked_process busy(node, "blue_1");
  const auto blue = to_string(node.node().whereis("blue_1"));
  install_options options;
  SUBCASE("in time") {
    options.suspend_timeout = 100ms;
    CHECK(outcome_of(node, node.install("2", options)) ==
          "rolled_back not_quiet: not quiet within 100 ms: blue_1 (" + blue +
              ") inside a handler of cell.block");
  }
  SUBCASE("before it is cancelled") {
    options.suspend_timeout = 60s;
    background_install going(node, "2", options);
    going.wait_for("effect");
    CHECK(node.handler().cancel());
    const auto outcome = outcome_of(node, going.finish());
    CHECK_MESSAGE(outcome.starts_with("rolled_back cancelled: cancelled"),
                  outcome);
  }
  busy.leave();
  CHECK(node.snapshot() == before);
  CHECK(note.read() == "one\nundo_one\n");
  // It could not be unmapped while somebody was inside a handler.
  REQUIRE(node.node().code().soft_purge("red"));
  check_nothing_left(node, mapped);
}

TEST_SUITE_END();
