// Settings: releases that differ in nothing else, config_change, and what programs
// have set themselves.
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

TEST_SUITE_BEGIN("upgrade/releases/config");

using namespace instar::release_handler::test;
using instar::value;

namespace {

instar::release_handler::test::application late() {
  return {.name = "late",
          .vsn = "1.0",
          .modules = {"late_app", "spare_sup"},
          .mod = "{module: late_app, args: {}}"};
}

/// Releases of one code, and settings of their own.
class settings {
public:
  settings() {
    for (const auto* vsn : {"2", "3"}) {
      node.add_release(vsn, {cell_at("1.0"), other_at("1.0"), frame()});
    }
  }
  /// `{paper: ..., REST}` for frame.
  void configure(const std::string& vsn, const std::string& rest) {
    node.configure(vsn, fmt::format("frame: {{paper: \"{}\"{}}}\n",
                                    paper().string(), rest));
  }
  std::string read() {
    const auto bytes = node.files().read(paper(), 1U << 20U);
    auto text = bytes ? *bytes : std::string();
    for (std::size_t at = 0;
         (at = text.find(paper().string())) != std::string::npos;) {
      text.replace(at, paper().string().size(), "PAPER");
    }
    return text;
  }
  std::string env(const std::string& key) {
    return boost::json::serialize(node.node().applications().env("frame", key));
  }
  release_node node;

private:
  instar::path paper() const { return node.root() / "paper"; }
};

}  // namespace

TEST_CASE("a release that differs in its settings alone comes and goes") {
  settings t;
  t.configure("2", ", color: red, size: 1");
  t.configure("3", ", color: blue, shape: [1]");
  const auto pid = t.node.node().whereis("red_1");
  const auto report = t.node.install("2");
  CHECK(outcome_of(t.node, report) == "installed");
  CHECK(report.batches == 0);
  CHECK(t.env("color") == R"("red")");
  CHECK(t.node.statuses() == "1 permanent, 2 current, 3 unpacked");
  CHECK(t.node.install("3").ok());
  CHECK(t.env("size") == "null");
  CHECK(t.env("shape") == "[1]");
  CHECK(t.node.install("2").ok());
  CHECK(t.read() == R"(frame {}{"paper":"PAPER","color":"red","size":1}[])"
                    "\n"
                    R"(frame {"color":"blue"}{"shape":[1]}["size"])"
                    "\n"
                    R"(frame {"color":"red"}{"size":1}["shape"])"
                    "\n");
  CHECK(t.node.install("1").ok());
  CHECK(t.env("color") == "null");
  CHECK(t.node.node().whereis("red_1") == pid);
  CHECK(t.node.all_serve());
}

TEST_CASE("a check says which settings change") {
  settings t;
  t.configure("2", ", color: red, size: 1");
  t.configure("3", ", color: blue, shape: [1]");
  REQUIRE(t.node.install("2").ok());
  const auto checked = t.node.handler().check_install_release("3", {}, {});
  REQUIRE(checked);
  const auto shown = to_json(*checked);
  CHECK(boost::json::serialize(shown.at("applications")) ==
        R"([{"application":"frame","from":"1.0","to":"1.0","running":true,)"
        R"("changed":["color"],"new":["shape"],"removed":["size"]}])");
  CHECK(shown.at("steps").as_array().empty());
  CHECK(t.env("color") == R"("red")");
}

TEST_CASE("settings that an application refuses are taken back") {
  settings t;
  t.configure("2", ", color: poison");
  const auto before = t.node.snapshot();
  CHECK(outcome_of(t.node, t.node.install("2")) ==
        "undone effect_failed: config_change of application frame: of that "
        "color one dies");
  CHECK(t.env("color") == "null");
  CHECK(t.node.snapshot() == before);
}

TEST_CASE("who was told of new settings is told of the old ones") {
  settings t;
  t.node.add_release("4", {cell_at("1.0"), other_at("1.0"), frame(), late()},
                     "vsn: \"4\"\nup:\n  - {from: \"1\", script: "
                     "[{load_object_code: {lib: late, vsn: \"1.0\", modules: "
                     "[late_app, spare_sup]}}, point_of_no_return, {load: "
                     "{module: late_app, pre_purge: brutal_purge, post_purge: "
                     "brutal_purge}}, {load: {module: spare_sup, pre_purge: "
                     "brutal_purge, post_purge: brutal_purge}}, {apply: "
                     "{module: application, function: start, args: [late, "
                     "permanent]}}]}\n");
  t.node.add_release("5", {cell_at("1.0"), other_at("1.0"), frame(), late()},
                     "vsn: \"5\"\nup:\n  - {from: \"4\", script: "
                     "[point_of_no_return]}\n");
  t.configure("4", ", color: red");
  REQUIRE(t.node.install("4").ok());
  t.node.configure("5", fmt::format("frame: {{paper: \"{}\", color: blue}}\n"
                                    "late: {{refuse: true}}\n",
                                    (t.node.root() / "paper").string()));
  const auto before = t.node.snapshot();
  CHECK(outcome_of(t.node, t.node.install("5")) ==
        "undone effect_failed: config_change of application late: too late");
  CHECK(t.node.snapshot() == before);
  CHECK(t.read() == R"(frame {}{"paper":"PAPER","color":"red"}[])"
                    "\n"
                    R"(frame {"color":"blue"}{}[])"
                    "\n"
                    R"(frame {"color":"red"}{}[])"
                    "\n");
}

TEST_CASE("what a program has set stays unless the release changes it") {
  settings t;
  t.configure("2", ", color: red, size: 1");
  t.configure("3", ", color: blue, size: 1");
  auto& applications = t.node.node().applications();
  REQUIRE(t.node.install("2").ok());
  for (const auto* key : {"color", "size", "own"})
    REQUIRE(applications.set_env("frame", key, "set"));
  REQUIRE(t.node.install("3").ok());
  CHECK(t.env("color") == R"("blue")");
  CHECK(t.env("size") == R"("set")");
  CHECK(t.env("own") == R"("set")");
}

TEST_CASE("a release that is undone gives back what a program had set") {
  settings t;
  t.configure("2", ", color: poison, size: 2");
  auto& applications = t.node.node().applications();
  REQUIRE(applications.set_env("frame", "size", "set"));
  CHECK_FALSE(t.node.install("2").ok());
  CHECK(t.env("size") == R"("set")");
}

TEST_SUITE_END();
