// Supervisors that have other children in their new version.
#include "runtime/supervisor.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/children");

using namespace instar::release_handler::test;
using instar::child_info;
using instar::pid;
using instar::release_handler::install_options;

namespace {

instar::release_handler::test::application team(const std::string& vsn,
                                                std::string appup = {}) {
  return {.name = "team",
          .vsn = vsn,
          .modules = {"team_sup"},
          .appup = std::move(appup),
          .mod = "{module: team_sup, args: {}}"};
}

/// Release 2 has the team, 3 and 4 its later versions; 2 runs.
class team_node : public release_node {
public:
  team_node() {
    add_release("2", {cell_at("1.0"), other_at("1.0"), frame(), team("1.0")},
                "vsn: \"2\"\nup:\n  - {from: \"1\", script: "
                "[{load_object_code: {lib: team, vsn: \"1.0\", modules: "
                "[team_sup]}}, point_of_no_return, {load: {module: team_sup, "
                "pre_purge: brutal_purge, post_purge: brutal_purge}}, {apply: "
                "{module: application, function: start, args: [team, "
                "permanent]}}]}\n");
    add("3", "2.0");
    add("4", "3.0");
    REQUIRE(install("2").ok());
    // From here on the appups tell the way.
    REQUIRE(files().remove(root() / "releases" / "2" / "relup.yaml"));
    for (const auto* name : {"ann", "bob", "cid"})
      before[name] = node().whereis(name);
  }
  pid top() {
    for (const auto& one : node().applications().all()) {
      if (one.name == "team")
        return one.top;
    }
    return {};
  }
  /// "ann+ bob-": in their order, and who runs.
  std::string children() {
    const auto all =
        node().call<std::vector<child_info>>(top(), instar::which_children{});
    REQUIRE(all);
    std::string text;
    for (const auto& one : *all)
      text += one.id + (one.child ? "+ " : "- ");
    return text;
  }
  bool is_same(const std::string& name) {
    return node().whereis(name) == before.at(name);
  }
  std::map<std::string, pid> before;

private:
  void add(const std::string& vsn, const std::string& team_vsn) {
    const std::string update =
        "{update: {module: team_sup, change: supervisor}}";
    add_release(vsn, {cell_at("1.0"), other_at("1.0"), frame(),
                      team(team_vsn, both_ways(team_vsn, update))});
  }
};

install_options irreversible() {
  install_options options;
  options.allow_irreversible = true;
  return options;
}

}  // namespace

TEST_CASE("children that are new start and those that are gone end") {
  team_node t;
  CHECK(outcome_of(t, t.install("3", irreversible())) == "installed");
  CHECK(t.children() == "cid+ dan+ bob+ ");
  CHECK(t.is_same("bob"));
  CHECK(t.is_same("cid"));
  CHECK_FALSE(t.node().whereis("ann"));
  CHECK(t.who("dan") == "blue 1.0");
  // And back by its own script.
  CHECK(outcome_of(t, t.install("2", irreversible())) == "installed");
  CHECK(t.children() == "ann+ bob+ cid+ ");
  CHECK(t.is_same("bob"));
  CHECK_FALSE(t.node().whereis("dan"));
}

TEST_CASE(
    "a child that ends takes its state with it and that must be allowed") {
  team_node t;
  CHECK(outcome_of(t, t.install("3")) ==
        "refused irreversible: cannot be taken back exactly: the end of child "
        "ann (its state is lost); allow it with --allow-irreversible");
  CHECK(t.children() == "ann+ bob+ cid+ ");
  CHECK(t.is_same("ann"));
}

TEST_CASE("a new child that cannot start has everything taken back") {
  team_node t;
  const auto report = t.install("4", irreversible());
  const auto outcome = outcome_of(t, report);
  CAPTURE(outcome);
  CHECK(outcome.starts_with("rolled_back effect_failed: child eve of "));
  CHECK(t.children() == "ann+ bob+ cid+ ");
  CHECK(t.is_same("bob"));
  CHECK(t.is_same("cid"));
  CHECK(t.node().whereis("ann"));
  CHECK_FALSE(t.node().whereis("dan"));
  CHECK(t.statuses() == "1 permanent, 2 current, 3 unpacked, 4 unpacked");
  CHECK(t.all_serve());
}

TEST_CASE("children that a program has added stay") {
  team_node t;
  instar::child_spec guest;
  guest.id = guest.start.name = "guest";
  guest.start.module = "blue";
  guest.start.args = boost::json::object{};
  REQUIRE(
      t.node().call<instar::child_reply>(t.top(), instar::start_child{guest}));
  const auto pid = t.node().whereis("guest");
  REQUIRE(t.install("3", irreversible()).ok());
  CHECK(t.node().whereis("guest") == pid);
  CHECK(t.children() == "cid+ dan+ bob+ guest+ ");
}

TEST_CASE("a check says which children come and go") {
  team_node t;
  const auto checked =
      t.handler().check_install_release("3", irreversible(), {});
  REQUIRE(checked);
  auto children = to_json(*checked).at("steps").at(0).at("children").as_array();
  std::string text;
  for (const auto& one : children) {
    text += fmt::format("{} {} {} {}; ", one.at("id").as_string().c_str(),
                        one.at("change").as_string().c_str(),
                        boost::json::serialize(one.at("fields")),
                        one.at("undo").as_string().c_str());
  }
  CHECK(text ==
        "ann removed [] lossy; dan added [] exact; bob changed "
        "[\"restart\"] exact; ");
  CHECK(t.children() == "ann+ bob+ cid+ ");
}

TEST_SUITE_END();
