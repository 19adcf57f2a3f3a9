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
        R"(lib/a-2.0/appup.yaml:8:38: warning[code_change_not_suspended]: foo is changed, but never suspended: no process will be asked
    - code_change: {modules: [{module: foo, extra: 1}]}
                                       ^
lib/a-2.0/appup.yaml:6:15: warning[unknown_module]: suspend: the module ghosts is in no application of the two releases
    - suspend: [ghosts]
                ^
lib/a-2.0/appup.yaml:5:20: warning[unknown_module]: delete_module: the module ghost is in no application of release 1, which it comes from
    - delete_module: ghost
                     ^
lib/a-2.0/appup.yaml:9:54: warning[unknown_module]: load_object_code: the module nope is in no application of release 2, which it leads to
    - load_object_code: {lib: a, vsn: "2.0", modules: [nope]}
                                                       ^)");
    upgrade.request.warnings_as_errors = true;
    const auto strict = appup::make_relup(upgrade.request);
    REQUIRE_FALSE(strict.ok());
    CHECK(strict.to_result().error().code ==
          appup::errc::warnings_treated_as_errors);
    CHECK(
        test::errors_of(strict) ==
        R"(lib/a-2.0/appup.yaml:8:38: error[warnings_treated_as_errors]: a warning is treated as an error: code_change_not_suspended: foo is changed, but never suspended: no process will be asked
    - code_change: {modules: [{module: foo, extra: 1}]}
                                       ^)");
  }

  TEST_CASE("an appup of another version is warned of") {
    test::upgrade upgrade;
    upgrade.make();
    upgrade.with("lib/a-2.0/appup.yaml",
                 "vsn: \"2.1\"\nup: [{from: \"1.0\", instructions: []}]\n"
                 "down: [{to: \"1.0\", instructions: []}]\n");
    const auto answer = appup::make_relup(upgrade.request);
    CHECK(answer.ok());
    CHECK(
        test::warnings_of(answer) ==
        R"(lib/a-2.0/appup.yaml:1:6: warning[bad_vsn]: the appup is for version 2.1, but the application's version is 2.0
  vsn: "2.1"
       ^)");
  }

  TEST_CASE("the errors of all files of two releases are said at once") {
    test::upgrade upgrade;
    upgrade
        .up("- update: {module: foo, chnge: soft}\n"
            "- load_module: ba\n"
            "- restart_application: bb\n")
        .down("- frob\n");
    upgrade.with("old.yaml",
                 "release: rel\nvsn: \"1\"\nruntime: 0.1\n"
                 "applications: [a: \"1.0\", b: \"1\", c: \"1\"]\n");
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\nprobaton: {seconds: 1}\n"
                 "applications: [a: \"2.0\", b: \"2\", c: \"1\", bc: \"1\"]\n");
    upgrade.with("lib/b-1/app.yaml", "application: b\nvsn: \"1\"\n");
    upgrade.with("lib/b-2/app.yaml",
                 "application: b\nvsn: \"2\"\nregistred: [b]\n");
    upgrade.with("lib/b-2/appup.yaml",
                 "vsn: \"2\"\nup: [{from: \"1\", instructions: [update: B]}]\n"
                 "down: [{to: \"0\", instructions: []}]\n");
    upgrade.with("lib/c-1/app.yaml", "application: c\nvsn: \"1\"\nenv: [\n");
    CHECK(
        errors_with(upgrade) ==
        R"(new.yaml:3:1: error[unknown_key]: a release has no key "probaton" (did you mean "probation"?)
  probaton: {seconds: 1}
  ^
lib/b-2/app.yaml:3:1: error[unknown_key]: an application has no key "registred" (did you mean "registered"?)
  registred: [b]
  ^
lib/c-1/app.yaml:3:6: error[error_reading]: not YAML: the [ that opens here is never closed
  env: [
       ^
new.yaml:4:42: error[error_reading]: there is no bc-1/app.yaml in lib (did you mean "b"?)
  applications: [a: "2.0", b: "2", c: "1", bc: "1"]
                                           ^
old.yaml:3:10: error[illegal_form]: runtime must be a version, not the number 0.1; a version is a string: write "0.1", in quotes
  runtime: 0.1
           ^
lib/a-2.0/appup.yaml:5:27: error[unknown_key]: update has no key "chnge" (did you mean "change"?)
    - update: {module: foo, chnge: soft}
                            ^
lib/b-2/appup.yaml:2:41: error[bad_module]: "B" is no name of a module: a small letter, then letters, digits and _
  up: [{from: "1", instructions: [update: B]}]
                                          ^
lib/a-2.0/appup.yaml:7:26: error[no_such_application]: there is no application bb in release 1 (did you mean "b"?)
    - restart_application: bb
                           ^
lib/a-2.0/appup.yaml:7:26: error[no_such_application]: there is no application bb in release 2 (did you mean "b"?)
    - restart_application: bb
                           ^
lib/a-2.0/appup.yaml:6:18: error[no_such_module]: the module ba is in no application of release 2 (did you mean "bar"?)
    - load_module: ba
                   ^
lib/b-2/appup.yaml:3:1: error[no_relup]: b 2 has no way down to version 1; it has "0"
  down: [{to: "0", instructions: []}]
  ^
lib/a-2.0/appup.yaml:11:5: error[bad_instruction]: there is no instruction "frob"
    - frob
      ^)");
  }

  TEST_CASE("what may follow from an error in another file is not said") {
    test::upgrade upgrade;
    // The modules and the application may be those that cannot be read.
    upgrade
        .up("- add_module: fresh\n"
            "- update: {module: foo, dep_mods: [brand_new]}\n"
            "- restart_application: b\n")
        .down(" []\n");
    upgrade.with("lib/a-2.0/app.yaml",
                 "application: a\nvsn: \"2.0\"\nmodules: [foo, Fresh]\n");
    upgrade.with(
        "new.yaml",
        "release: rel\nvsn: \"2\"\napplications: [a: \"2.0\", b: 1]\n");
    CHECK(
        errors_with(upgrade) ==
        R"(new.yaml:3:29: error[illegal_applications]: vsn must be a version, not the number 1; a version is a string: write "1", in quotes
  applications: [a: "2.0", b: 1]
                              ^
lib/a-2.0/app.yaml:3:16: error[error_reading]: "Fresh" is no name of a module: a small letter, then letters, digits and _
  modules: [foo, Fresh]
                 ^
lib/a-2.0/appup.yaml:7:26: error[no_such_application]: there is no application b in release 1 (did you mean "a"?)
    - restart_application: b
                           ^)");
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
        R"(lib/a-2.0/app.yaml:1:14: error[error_reading]: the application is b, but the release and the folder say a
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

  TEST_CASE("what a release says that an application includes has its place") {
    test::upgrade upgrade;
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\napplications: [a: \"2.0\", "
                 "{name: b, vsn: \"1\", included: [c]}]\n");
    upgrade.with("lib/b-1/app.yaml",
                 "application: b\nvsn: \"1\"\nincluded_applications: [c]\n");
    CHECK(
        errors_with(upgrade) ==
        R"(new.yaml:3:26: error[undefined_applications]: b includes c, which is not in release 2 (did you mean "a"?)
  applications: [a: "2.0", {name: b, vsn: "1", included: [c]}]
                           ^)");
  }

  TEST_CASE("a misspelt application is told the near one") {
    test::upgrade upgrade;
    upgrade.with("lib/tools-1/app.yaml", "application: tools\nvsn: \"1\"\n");
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\napplications: [a: \"2.0\", tool: "
                 "\"1\"]\n");
    CHECK(
        errors_with(upgrade) ==
        R"(new.yaml:3:26: error[error_reading]: there is no tool-1/app.yaml in lib (did you mean "tools"?)
  applications: [a: "2.0", tool: "1"]
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

  TEST_CASE("a module of an application that cannot be read stops nothing") {
    test::upgrade upgraded;
    upgraded.up("- load_module: foo\n").down("- load_module: foo\n");
    upgraded.with("lib/a-1.0/app.yaml", "application: [\n");
    const auto answer = upgraded.make();
    CHECK(
        test::errors_of(answer) ==
        R"(lib/a-1.0/app.yaml:1:14: error[error_reading]: not YAML: the [ that opens here is never closed
  application: [
               ^)");
  }
}
