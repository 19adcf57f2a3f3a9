#include "tests/appup/support.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

namespace {

using namespace instar;

// Errors of an upgrade whose new release and applications are changed.
std::string errors_with(test::upgrade& upgrade) {
  const auto answer = upgrade.make();
  CHECK_FALSE(answer.ok());
  return test::errors_of(answer);
}

std::string up_script(const appup::make_relup_answer& answer,
                      std::size_t entry = 0) {
  REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
  return boost::json::serialize(
      appup::to_json(answer.relup->up.at(entry).script));
}

constexpr auto three_applications =
    "release: rel\nvsn: \"2\"\napplications: [a: \"2.0\", b: \"1\", c: \"1\"]\n";

}  // namespace

TEST_SUITE("appup/relup_maker") {
  TEST_CASE("entries are in the reverse order of the bases") {
    test::upgrade upgrade;
    upgrade.up("- update: foo\n").down("- update: foo\n");
    upgrade.with("same.yaml",
                 "release: rel\nvsn: \"1.5\"\napplications: [a: \"2.0\"]\n");
    upgrade.make();
    upgrade.request.up_from = {"old.yaml", "same.yaml"};
    const auto answer = appup::make_relup(upgrade.request);
    REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
    REQUIRE(answer.relup->up.size() == 2);
    CHECK(answer.relup->vsn == "2");
    CHECK(answer.relup->up[0].vsn == "1.5");
    CHECK(answer.relup->up[0].script ==
          appup::script{appup::point_of_no_return{}});
    CHECK(answer.relup->up[1].vsn == "1");
    CHECK(answer.relup->down[0].vsn == "1.5");
    upgrade.request.down_to.emplace();
    CHECK(appup::make_relup(upgrade.request).relup->down.empty());
  }

  TEST_CASE("the first library folder that has an application wins") {
    test::upgrade upgrade;
    upgrade.up("- load_module: fresh\n").down(" []\n");
    upgrade.make();
    CHECK_FALSE(appup::make_relup(upgrade.request).ok());
    upgrade.with("first/a-2.0/app.yaml",
                 "application: a\nvsn: \"2.0\"\nmodules: [fresh]\n");
    upgrade.with("first/a-2.0/appup.yaml",
                 "vsn: \"2.0\"\nup: [{from: \"1.0\", instructions: "
                 "[load_module: fresh]}]\ndown: [{to: \"1.0\", instructions: "
                 "[]}]\n");
    upgrade.request.lib_folders = {"first", "lib"};
    CHECK(
        up_script(appup::make_relup(upgrade.request)) ==
        R"([{"load_object_code":{"lib":"a","vsn":"2.0","modules":["fresh"]}},)"
        R"("point_of_no_return",)"
        R"({"load":{"module":"fresh","pre_purge":"brutal_purge","post_purge":"brutal_purge"}}])");
  }

  TEST_CASE(
      "a new runtime restarts the node first going up and last going down") {
    test::upgrade upgrade;
    upgrade.up(" []\n").down(" []\n");
    upgrade.with("old.yaml",
                 "release: rel\nvsn: \"1\"\nruntime: \"0.1\"\n"
                 "applications: [a: \"1.0\"]\n");
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\nruntime: \"0.2\"\n"
                 "applications: [a: \"2.0\"]\n");
    const auto answer = upgrade.make();
    CHECK(up_script(answer) ==
          R"(["restart_new_emulator","point_of_no_return"])");
    CHECK(
        answer.relup->down[0].script ==
        appup::script{appup::point_of_no_return{}, appup::restart_emulator{}});
    REQUIRE(answer.warnings.size() == 2);
    CHECK(
        appup::to_text(answer.warnings[0]) ==
        R"(new.yaml:3:10: warning[erts_vsn_changed]: the runtime of rel 2 is 0.2, that of rel 1 is 0.1: the node restarts
  runtime: "0.2"
           ^)");
  }

  TEST_CASE("what OTP leaves unchecked is a warning and no error") {
    test::upgrade upgrade;
    upgrade
        .up("- delete_module: ghost\n"
            "- suspend: [ghosts]\n"
            "- resume: [ghosts]\n"
            "- code_change: {modules: [{module: foo, extra: 1}]}\n"
            "- load_object_code: {lib: a, vsn: \"2.0\", modules: [nope]}\n")
        .down(" []\n");
    const auto answer = upgrade.make();
    REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
    CHECK(
        test::warnings_of(answer) ==
        R"(lib/a-2.0/appup.yaml:8:5: warning[code_change_not_suspended]: foo is changed, but never suspended: no process will be asked
    - code_change: {modules: [{module: foo, extra: 1}]}
      ^
lib/a-2.0/appup.yaml:6:5: warning[unknown_module]: suspend: the module ghosts is in no application of the two releases
    - suspend: [ghosts]
      ^
lib/a-2.0/appup.yaml:5:5: warning[unknown_module]: delete_module: the module ghost is in no application of the release 1 that it comes from
    - delete_module: ghost
      ^
lib/a-2.0/appup.yaml:9:5: warning[unknown_module]: load_object_code: the module nope is in no application of the release 2 that it leads to
    - load_object_code: {lib: a, vsn: "2.0", modules: [nope]}
      ^)");
    upgrade.request.warnings_as_errors = true;
    const auto strict = appup::make_relup(upgrade.request);
    REQUIRE_FALSE(strict.ok());
    CHECK(strict.to_result().error().code ==
          appup::errc::warnings_treated_as_errors);
  }

  TEST_CASE("undo passes through unchanged") {
    test::upgrade upgrade;
    upgrade
        .up("- apply: {module: m, function: f, args: [1], undo: {module: m, "
            "function: g, args: []}}\n")
        .down(" []\n");
    CHECK(
        up_script(upgrade.make()) ==
        R"(["point_of_no_return",{"apply":{"module":"m","function":"f","args":[1],)"
        R"("undo":{"module":"m","function":"g","args":[]}}}])");
  }

  TEST_CASE("a list among the instructions is spliced into the script") {
    test::upgrade upgrade;
    upgrade
        .up("- [{load_module: {module: foo, pre_purge: soft_purge, post_purge: "
            "soft_purge, dep_mods: []}}, restart_emulator]\n")
        .down(" []\n");
    CHECK(
        up_script(upgrade.make()) ==
        R"([{"load_object_code":{"lib":"a","vsn":"2.0","modules":["foo"]}},"point_of_no_return",)"
        R"({"load":{"module":"foo","pre_purge":"soft_purge","post_purge":"soft_purge"}},"restart_emulator"])");
  }

  TEST_CASE("an error in both directions is said once and other errors too") {
    test::upgrade upgrade;
    upgrade.up("- update: foo\n- update: foo\n").down("- frob\n");
    CHECK(
        errors_with(upgrade) ==
        R"(lib/a-2.0/appup.yaml:6:13: error[muldef_module]: a second instruction for the module foo; the first is in line 5
    - update: foo
              ^
lib/a-2.0/appup.yaml:10:5: error[bad_instruction]: there is no instruction "frob"
    - frob
      ^)");
  }

  TEST_CASE("a version without an entry is told which there are") {
    test::upgrade upgrade;
    upgrade.make();
    upgrade.with("lib/a-2.0/appup.yaml",
                 "vsn: \"2.0\"\n"
                 "up:\n"
                 "  - {from: \"0.9\", instructions: []}\n"
                 "  - {from: {regex: \"0\\\\..*\"}, instructions: []}\n"
                 "down: []\n");
    const auto answer = appup::make_relup(upgrade.request);
    CHECK(
        test::errors_of(answer) ==
        R"(lib/a-2.0/appup.yaml:2:1: error[no_relup]: a 2.0 has no way up from version 1.0; it has "0.9", /0\..*/
  up:
  ^
lib/a-2.0/appup.yaml:5:1: error[no_relup]: a 2.0 has no way down to version 1.0; it has none at all
  down: []
  ^)");
  }

  TEST_CASE("an appup that is missing or not YAML is a file problem") {
    test::upgrade upgrade;
    upgrade.make();
    REQUIRE(upgrade.files().remove("lib/a-2.0/appup.yaml"));
    CHECK(test::errors_of(appup::make_relup(upgrade.request)) ==
          "lib/a-2.0/appup.yaml: error[file_problem]: there is no such file, "
          "and the application's version changes");
    upgrade.with("lib/a-2.0/appup.yaml", "vsn: [\n");
    CHECK(appup::make_relup(upgrade.request).errors.front().tag ==
          appup::errc::file_problem);
  }

  TEST_CASE("an application that is not there is told which versions are") {
    test::upgrade upgrade;
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\napplications: [a: \"3.0\"]\n");
    CHECK(
        errors_with(upgrade) ==
        R"(new.yaml:3:16: error[error_reading]: there is no a-3.0/app.yaml in lib; versions that are there: 1.0, 2.0
  applications: [a: "3.0"]
                 ^)");
  }

  TEST_CASE("an application must be what its folder says") {
    test::upgrade upgrade;
    upgrade.with("lib/a-2.0/app.yaml", "application: b\nvsn: \"2.1\"\n");
    CHECK(
        errors_with(upgrade) ==
        R"(lib/a-2.0/app.yaml:1:1: error[error_reading]: the application is b, but the release and the folder say a
  application: b
  ^
lib/a-2.0/app.yaml:2:6: error[error_reading]: the version of a is 2.1, but the release and the folder say 2.0
  vsn: "2.1"
       ^)");
  }

  TEST_CASE("applications are checked against each other") {
    test::upgrade upgrade;
    upgrade.with("lib/a-2.0/app.yaml",
                 "application: a\nvsn: \"2.0\"\napplications: [b]\n"
                 "modules: [m, m]\nregistered: [r, r]\n"
                 "included_applications: [c, c]\n");
    CHECK(
        errors_with(upgrade) ==
        R"(lib/a-2.0/app.yaml:3:16: error[undefined_applications]: a needs b, which is not in release 2 (did you mean "a"?)
  applications: [b]
                 ^
lib/a-2.0/app.yaml:6:25: error[undefined_applications]: a includes c, which is not in release 2 (did you mean "a"?)
  included_applications: [c, c]
                          ^
lib/a-2.0/app.yaml:6:28: error[undefined_applications]: a includes c, which is not in release 2 (did you mean "a"?)
  included_applications: [c, c]
                             ^
lib/a-2.0/app.yaml:5:17: error[duplicate_register]: the registered name r of a is also one of a
  registered: [r, r]
                  ^
lib/a-2.0/app.yaml:6:28: error[duplicate_include]: the included application c of a is also included by a
  included_applications: [c, c]
                             ^
lib/a-2.0/app.yaml:4:14: error[duplicate_modules]: the module m of a is also one of a
  modules: [m, m]
               ^)");
  }

  TEST_CASE("a release includes only what the application includes") {
    test::upgrade upgrade;
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\napplications: [a: \"2.0\", "
                 "{name: b, vsn: \"1\", included: [a]}]\n");
    upgrade.with("lib/b-1/app.yaml", "application: b\nvsn: \"1\"\n");
    CHECK(
        errors_with(upgrade) ==
        R"(new.yaml:3:26: error[error_reading]: b cannot include a: its app.yaml does not
  applications: [a: "2.0", {name: b, vsn: "1", included: [a]}]
                           ^)");
  }

  TEST_CASE("a circle of applications is shown") {
    test::upgrade upgrade;
    upgrade.with("new.yaml", three_applications);
    upgrade.with("lib/b-1/app.yaml",
                 "application: b\nvsn: \"1\"\napplications: [c]\n");
    upgrade.with("lib/c-1/app.yaml",
                 "application: c\nvsn: \"1\"\napplications: [b]\n");
    CHECK(
        errors_with(upgrade) ==
        R"(lib/b-1/app.yaml:1:1: error[circular_dependencies]: applications depend on each other in a circle: b -> c -> b
  application: b
  ^)");
  }

  TEST_CASE("an included application may use the one that includes it") {
    test::upgrade upgrade;
    upgrade.up(" []\n").down(" []\n");
    upgrade.with("new.yaml", three_applications);
    upgrade.with("lib/b-1/app.yaml",
                 "application: b\nvsn: \"1\"\nincluded_applications: [c]\n");
    upgrade.with("lib/c-1/app.yaml",
                 "application: c\nvsn: \"1\"\napplications: [b]\n");
    CHECK(upgrade.make().ok());
  }
}
