// Installations whose journal and history lose the disk at every step: the power
// is cut there and the node starts again, or one step fails and the node goes on.
#include "release_handler/errors.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

TEST_SUITE_BEGIN("upgrade/releases/crash");

using namespace instar::release_handler::test;
using instar::path;
using instar::value;
using instar::release_handler::errc;
using instar::release_handler::install_options;
using instar::release_handler::install_report;
using instar::release_handler::outcome;
using instar::test::crash;
using instar::test::memory_file_system;

namespace {

std::string text(const value& entry, const char* key) {
  const auto* item = entry.as_object().if_contains(key);
  return item == nullptr || !item->is_string()
             ? ""
             : std::string(std::string_view(item->get_string()));
}

/// A node whose log folder can lose power, with something to install.
class tried_node {
public:
  memory_file_system logs;
  release_node node{2, &logs};
  std::string permanent = "1";
  install_options options = {};

  std::string write(const std::string& line, const std::string& undo) const {
    return fmt::format(
        "{{apply: {{module: ink, function: write, args: [\"{0}\", {1}], undo: "
        "{{module: ink, function: write, args: [\"{0}\", {2}]}}}}}}",
        paper_.string(), line, undo);
  }
  // What applies have written since the last time.
  std::string take_paper() {
    const auto bytes = node.files().read(paper_, 1U << 20U);
    if (!bytes)
      return {};
    REQUIRE(node.files().remove(paper_));
    return *bytes;
  }
  // Entries since the last time.
  std::vector<value> take_history() {
    auto all = node.handler().all_history();
    std::vector<value> found(all.begin() + static_cast<std::ptrdiff_t>(seen_),
                             all.end());
    seen_ = all.size();
    return found;
  }

private:
  path paper_ = node.root() / "paper";
  std::size_t seen_ = 0;
};

using preparation = std::function<void(tried_node&)>;

void two_batches(tried_node& at) {
  at.node.add_release_2(
      both_ways("2.0", at.write("one", "undo_one") + ", " + advanced("red") +
                           ", " + at.write("two", "undo_two")),
      both_ways("2.0", advanced("blue")));
}

void failing_second_batch(tried_node& at) {
  at.node.add_release(
      "2", {cell_at("2.0", up_only("2.0", advanced("red") + ", " +
                                              at.write("one", "undo_one"))),
            other_at("throws", up_only("throws", advanced("blue"))), frame()});
}

void before_no_return(tried_node& at) {
  at.node.add_release_2(both_ways("2.0", at.write("one", "undo_one") +
                                             ", point_of_no_return, " +
                                             advanced("red")));
}

// Release 2 is two hops away.
void two_hops(tried_node& at, const std::string& last) {
  at.node.add_release(
      "1.1", {cell_at("1.1", both_ways("1.1", at.write("one", "undo_one") +
                                                  ", {load_module: red}")),
              other_at("1.0"), frame()});
  at.node.add_release(
      "2",
      {cell_at(last, fmt::format("vsn: \"{}\"\nup:\n  - from: \"1.1\"\n    "
                                 "instructions: [{}]\n",
                                 last, advanced("red"))),
       other_at("1.0"), frame()},
      fmt::format(R"(vsn: "2"
up:
  - {{from: "1", via: ["1.1"]}}
  - from: "1.1"
    script:
      - load_object_code: {{lib: cell, vsn: "{}", modules: [red]}}
      - point_of_no_return
      - suspend: [red]
      - load: {{module: red, pre_purge: brutal_purge, post_purge: brutal_purge}}
      - code_change: {{mode: up, modules: [{{module: red, extra: null}}]}}
      - resume: [red]
)",
                  last));
}

// The permanent release "1" has a team; the next one has other children of it, of
// which one may be unable to start.
application team(const std::string& vsn, std::string appup = {}) {
  return {.name = "team",
          .vsn = vsn,
          .modules = {"team_sup"},
          .appup = std::move(appup),
          .mod = "{module: team_sup, args: {}}"};
}

void with_team(tried_node& at, const std::string& vsn) {
  at.node.add_release(
      "team", {cell_at("1.0"), other_at("1.0"), frame(), team("1.0")},
      "vsn: \"team\"\nup:\n  - {from: \"1\", script: "
      "[{load_object_code: {lib: team, vsn: \"1.0\", modules: "
      "[team_sup]}}, point_of_no_return, {load: {module: team_sup, "
      "pre_purge: brutal_purge, post_purge: brutal_purge}}, {apply: "
      "{module: application, function: start, args: [team, "
      "permanent]}}]}\n");
  at.node.add_release(
      "2",
      {cell_at("1.0"), other_at("1.0"), frame(),
       team(vsn,
            both_ways(vsn,
                      "{update: {module: team_sup, change: supervisor}}"))});
  REQUIRE(at.node.install("team").ok());
  REQUIRE(at.node.handler().make_permanent("team", {"tester"}));
  REQUIRE(at.node.files().remove(at.node.root() / "releases" / "team" /
                                 "relup.yaml"));
  at.permanent = "team";
  at.options.allow_irreversible = true;
}

// 13 is what the conversions that throw do not like.
install_report tried_install(tried_node& at) {
  at.node.cast("red_1", cell::note{13});
  at.node.cast("blue_2", cell::note{13});
  return at.node.install("2", at.options);
}

// A release on a way that was taken back has run: it is old now.
std::string code_and_states(release_node& node) {
  const auto all = node.snapshot();
  return all.substr(all.find('\n') + 1);
}

std::size_t steps_of(const preparation& prepare, outcome expected) {
  tried_node at;
  prepare(at);
  const auto start = at.logs.steps();
  const auto report = tried_install(at);
  REQUIRE_MESSAGE(report.outcome == expected, outcome_of(at.node, report));
  return at.logs.steps() - start;
}

// Returns the effects that ended with the node, each as often as it was told.
std::vector<std::string> check_every_power_cut(
    const preparation& prepare, outcome expected,
    const std::vector<crash>& kinds) {
  std::vector<std::string> ended;
  const auto steps = steps_of(prepare, expected);
  REQUIRE(steps > 10);
  tried_node at;
  prepare(at);
  at.take_history();
  const auto before = at.node.stored();
  std::size_t interrupted = 0;
  for (const auto kind : kinds) {
    for (std::size_t n = 0; n <= steps; ++n) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(n);
      at.logs.stop_at(at.logs.steps() + n);
      const auto report = tried_install(at);
      at.logs.crash(kind);
      at.node.restart();
      // The permanent release, whole.
      CHECK(at.node.statuses() == before);
      CHECK(at.node.who("red_1") == "red 1.0");
      CHECK(at.node.who("blue_1") == "blue 1.0");
      CHECK(at.node.all_serve());
      const auto paper = at.take_paper();
      const auto told = at.take_history();
      if (told.empty()) {
        // Nothing had begun.
        CHECK(paper.empty());
        CHECK(report.outcome == outcome::refused);
        continue;
      }
      REQUIRE(told.size() == 1);
      CHECK(text(told.front(), "from") == at.permanent);
      CHECK(text(told.front(), "to") == "2");
      CHECK(text(told.front(), "by") == "tester");
      if (text(told.front(), "outcome") != "interrupted") {
        CHECK(text(told.front(), "outcome") == to_string(expected));
        continue;
      }
      ++interrupted;
      CHECK(text(told.front(), "operation") == "install");
      CHECK_FALSE(text(told.front(), "began").empty());
      CHECK(text(told.front(), "permanent") == at.permanent);
      const auto left = told.front().at("effects_not_undone").as_array().size();
      for (const auto& one : told.front().at("effects_ended").as_array()) {
        ended.push_back(text(one, "effect") +
                        (one.at("done").as_bool() ? "" : ", begun"));
      }
      // Each was noted before it was begun.
      const bool is_undone = paper.find("undo") != std::string::npos ||
                             text(told.front(), "reached") == "hop_taken_back";
      if (!paper.empty() && !is_undone)
        CHECK(left > 0);
    }
  }
  CHECK(interrupted > steps / 3);
  return ended;
}

void check_every_failure(const preparation& prepare, outcome expected) {
  const auto steps = steps_of(prepare, expected);
  for (std::size_t n = 0; n < steps; ++n) {
    CAPTURE(n);
    tried_node at;
    prepare(at);
    at.take_history();
    at.logs.fail_at(at.logs.steps() + n,
                    boost::system::errc::no_space_on_device);
    at.node.cast("red_1", cell::note{13});
    at.node.cast("blue_2", cell::note{13});
    const auto clean = code_and_states(at.node);
    const auto report = at.node.install("2", at.options);
    CAPTURE(outcome_of(at.node, report));
    CHECK(at.node.all_serve());
    if (report.ok()) {
      CHECK(at.node.statuses().ends_with("2 current"));
      if (at.permanent == "1")
        CHECK(at.node.who("red_1") == "red 2.0");
    } else {
      REQUIRE(report.error);
      CHECK(report.outcome != outcome::degraded);
      CHECK(report.outcome != outcome::installed);
      CHECK(code_and_states(at.node) == clean);
      if (report.error->code == errc::journal_failed) {
        CHECK(report.error->message().find("No space left") !=
              std::string::npos);
      } else {
        CHECK(report.outcome == expected);
      }
    }
    // Nothing stays open for the next start that is over already.
    if (!at.take_history().empty() && n + 2 < steps) {
      at.node.restart();
      CHECK(at.take_history().empty());
      CHECK(at.node.who("red_1") == "red 1.0");
    }
  }
}

void check(const preparation& prepare, outcome expected,
           const std::vector<crash>& kinds = {crash::lose_unsynced}) {
  SUBCASE("the power is cut") {
    check_every_power_cut(prepare, expected, kinds);
  }
  SUBCASE("a write fails") {
    check_every_failure(prepare, expected);
  }
}

}  // namespace

TEST_CASE("batches and effects") {
  check(two_batches, outcome::installed,
        {crash::lose_unsynced, crash::lose_unsynced_bytes,
         crash::keep_everything});
}

TEST_CASE("a batch that fails after one that was installed") {
  check(failing_second_batch, outcome::rolled_back);
}

TEST_CASE("an effect before the point of no return") {
  check(before_no_return, outcome::installed);
}

TEST_CASE("a way through another release") {
  check([](tried_node& at) { two_hops(at, "2.0"); }, outcome::installed);
}

TEST_CASE("a way that fails after its first hop") {
  check([](tried_node& at) { two_hops(at, "throws"); }, outcome::rolled_back);
}

TEST_CASE("children that come and go with their supervisor's new version") {
  SUBCASE("the power is cut") {
    const auto ended =
        check_every_power_cut([](tried_node& at) { with_team(at, "2.0"); },
                              outcome::installed, {crash::lose_unsynced});
    for (const auto* one : {"stop child ann of ", "start child dan of "}) {
      CAPTURE(one);
      const auto told = std::count_if(
          ended.begin(), ended.end(),
          [&](const auto& effect) { return effect.starts_with(one); });
      CHECK(told > 1);
    }
  }
  SUBCASE("the power is cut where one cannot start") {
    const auto ended =
        check_every_power_cut([](tried_node& at) { with_team(at, "3.0"); },
                              outcome::rolled_back, {crash::lose_unsynced});
    const auto eve =
        std::count_if(ended.begin(), ended.end(), [&](const auto& effect) {
          return effect.starts_with("start child eve of ");
        });
    CHECK(eve > 0);
  }
  SUBCASE("a write fails") {
    check_every_failure([](tried_node& at) { with_team(at, "2.0"); },
                        outcome::installed);
  }
}

TEST_CASE("an installation is refused while the disk is full") {
  memory_file_system logs;
  release_node node(2, &logs);
  node.add_release_2(both_ways("2.0", advanced("red")));
  const auto before = node.snapshot();
  logs.stop_at(logs.steps());
  CHECK(outcome_of(node, node.install("2"))
            .starts_with("refused journal_failed: the journal cannot be "
                         "written, without which a crash could not be told: "));
  CHECK(node.snapshot() == before);
  CHECK_FALSE(node.handler().make_permanent("1", {"tester"}));
  logs.crash(crash::keep_everything);
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.handler().make_permanent("2", {"tester"}));
}

namespace {

/// Release 2 needs a restart, with an apply before it and one after it.
void with_restart(tried_node& at) {
  at.node.add_release(
      "2", {cell_at("2.0"), other_at("2.0"), frame()},
      fmt::format("vsn: \"2\"\nup: [{{from: \"1\", script: [{}, "
                  "point_of_no_return, {}, restart_emulator]}}]\n",
                  at.write("one", "undo_one"), at.write("two", "undo_two")));
  at.options.allow_irreversible = true;
  at.node.handler().set_restart([] {});
}

/// Until a node runs; what it says it has been through must be what happened.
void check_restarted(tried_node& at) {
  while (!at.node.boot()) {
    at.logs.crash(crash::lose_unsynced);
  }
  const auto told = at.take_history();
  REQUIRE(told.size() <= 1);
  const auto outcome = told.empty() ? "" : text(told.front(), "outcome");
  CAPTURE(outcome);
  const bool runs_2 = at.node.statuses() == "1 permanent, 2 current";
  CHECK(at.node.who("red_1") == (runs_2 ? "red 2.0" : "red 1.0"));
  CHECK(at.node.all_serve());
  const auto paper = at.take_paper();
  if (told.empty()) {
    CHECK_FALSE(runs_2);
    CHECK(paper.empty());
  } else if (runs_2) {
    CHECK(outcome == "restarted");
    // A process that lost its disk has lost its power too, but for this test's
    // paper: what it still wrote there is nothing.
    CHECK((paper == "one\ntwo\n" || paper == "one\nundo_one\ntwo\n"));
  } else {
    // One that came up, and lost the power before that was put away.
    CHECK((outcome == "interrupted" || outcome == "fell_back" ||
           (outcome == "restarted" && paper == "one\ntwo\n")));
  }
  if (!told.empty()) {
    CHECK(text(told.front(), "from") == "1");
    CHECK(text(told.front(), "to") == "2");
    CHECK(text(told.front(), "by") == "tester");
  }
  // Decided: the next start is an ordinary one.
  at.node.restart();
  CHECK(at.node.statuses() == "1 permanent, 2 unpacked");
  CHECK(at.take_history().empty());
}

}  // namespace

TEST_CASE("a restart in another release") {
  for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                          crash::keep_everything}) {
    CAPTURE(static_cast<int>(kind));
    for (std::size_t n = 0;; ++n) {
      CAPTURE(n);
      tried_node at;
      with_restart(at);
      at.take_history();
      at.logs.stop_at(at.logs.steps() + n);
      const auto report = at.node.install("2", at.options);
      // The power may hold until the node runs again.
      if (report.outcome == outcome::restarting)
        at.node.boot();
      const bool is_over = !at.logs.stopped();
      at.logs.crash(kind);
      check_restarted(at);
      if (is_over) {
        CHECK(n > 25);
        break;
      }
    }
  }
}

TEST_SUITE_END();
