// Applications with start phases and included applications, on a whole node.
#include "tests/upgrade/releases/release_node.hpp"

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/included");

using namespace instar::release_handler::test;

namespace {

instar::release_handler::test::application whole(const std::string& phases) {
  return {.name = "whole",
          .vsn = "1.0",
          .modules = {"whole_app", "whole_sup"},
          .mod = "{module: whole_app, args: {}}",
          .more = "included_applications: [part]\nstart_phases: [" + phases +
                  "]\n"};
}

instar::release_handler::test::application part(const std::string& phases) {
  // It uses the one that includes it, which is no circle.
  return {
      .name = "part",
      .vsn = "1.0",
      .modules = {"part_app", "part_sup"},
      .mod = "{module: part_app, args: {}}",
      .more = "applications: [other, whole]\nstart_phases: [" + phases + "]\n"};
}

class phased_node : public release_node {
public:
  phased_node() {
    add_release("2", {part("{go: 3}"), whole("{init: 1}, {go: 2}"),
                      cell_at("1.0"), other_at("1.0"), frame()});
    configure("2", fmt::format("whole: {{paper: \"{}\"}}\n",
                               (root() / "paper").string()));
  }
  std::string paper() {
    const auto read = files().read(root() / "paper", 1 << 20);
    return read ? *read : "";
  }
  void forget() { REQUIRE(files().remove(root() / "paper")); }
  /// "cell other part(whole) frame whole", without those that are not loaded.
  std::string applications() {
    std::string text;
    for (const auto& one : node().applications().all()) {
      text += (text.empty() ? "" : " ") + one.name +
              (one.included_by.empty() ? "" : "(" + one.included_by + ")") +
              (one.is_served ? "" : " stopped");
    }
    return text;
  }
};

}  // namespace

TEST_CASE("a release brings an application that includes another one") {
  phased_node t;
  CHECK(outcome_of(t, t.install("2")) == "installed");
  CHECK(t.paper() == "whole starts\nwhole init 1\nwhole go 2\npart go 3\n");
  CHECK(t.who("part_blue") == "blue 1.0");
  CHECK(t.applications() == "cell other frame whole part(whole)");
  t.forget();
  instar::release_handler::install_options allowed;
  allowed.allow_irreversible = true;
  CHECK(outcome_of(t, t.install("1", allowed)) == "installed");
  CHECK(t.paper() == "whole has stopped\n");
  CHECK_FALSE(t.node().whereis("part_blue"));
  CHECK(t.applications() == "cell other frame");
  CHECK(t.all_serve());
}

TEST_CASE("a node starts it with its phases and stops it as one") {
  phased_node t;
  REQUIRE(t.install("2").ok());
  REQUIRE(t.handler().make_permanent("2", {"tester"}));
  t.forget();
  t.restart();
  CHECK(t.paper() ==
        "whole has stopped\nwhole starts\nwhole init 1\nwhole go 2\npart go "
        "3\n");
  CHECK(t.who("part_blue") == "blue 1.0");
  CHECK(t.applications() == "other whole cell frame part(whole)");
}

TEST_CASE("a phase that fails takes the installation back") {
  phased_node t;
  const auto manifest = t.root() / "lib" / "whole-1.0" / "app.yaml";
  auto text = t.files().read(manifest, 1 << 20);
  REQUIRE(text);
  text->replace(text->find("{go: 2}"), 7, "{bad: 2}");
  REQUIRE(t.files().write(manifest, *text));
  const auto outcome = outcome_of(t, t.install("2"));
  CHECK_MESSAGE(outcome.find("application whole: start phase bad of whole: a "
                             "bad phase") != std::string::npos,
                outcome);
  CHECK(t.paper() == "whole starts\nwhole init 1\nwhole has stopped\n");
  CHECK(t.applications() == "cell other frame");
  CHECK(t.statuses() == "1 permanent, 2 unpacked");
  CHECK(t.all_serve());
}

TEST_CASE("two that include one are refused") {
  phased_node t;
  auto second = whole("");
  second.name = "second";
  second.modules.clear();
  second.mod.clear();
  t.add_release("4", {part(""), whole(""), second, cell_at("1.0"),
                      other_at("1.0"), frame()});
  const auto outcome = outcome_of(t, t.install("4"));
  CHECK_MESSAGE(outcome.find("the included application part of second is also "
                             "included by whole") != std::string::npos,
                outcome);
}

TEST_SUITE_END();
