#include "appup/appup_check.hpp"

#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace instar;

/// Two versions of the application a; 2.0 has an appup.
class checked : public test::manifests {
public:
  checked() {
    with("lib/a-1.0/app.yaml",
         "application: a\nvsn: \"1.0\"\nmodules: [foo, bar]\n");
    with("lib/a-2.0/app.yaml",
         "application: a\nvsn: \"2.0\"\nmodules: [foo, bar]\n");
    for (const auto* module : {"foo", "bar"})
      both(module, "old", "new");
  }

  /// The bytes of a module's two files.
  checked& both(const std::string& module, std::string_view older,
                std::string_view newer) {
    with("lib/a-1.0/modules/" + module + ".so", older);
    with("lib/a-2.0/modules/" + module + ".so", newer);
    return *this;
  }
  /// Each an item of a list, or several.
  checked& appup(const std::string& up, const std::string& down) {
    with("lib/a-2.0/appup.yaml",
         "vsn: \"2.0\"\n"
         "up:\n"
         "  - from: \"1.0\"\n"
         "    instructions: [" +
             up +
             "]\n"
             "down:\n"
             "  - to: \"1.0\"\n"
             "    instructions: [" +
             down + "]\n");
    return *this;
  }

  appup::appup_check_answer check(bool with_old = true) {
    request.files = &files();
    request.appup = "lib/a-2.0";
    request.old_folder.reset();
    if (with_old)
      request.old_folder = "lib/a-1.0";
    return appup::check_appup(request);
  }

  appup::appup_check_request request;
};

std::string warnings_of(const appup::appup_check_answer& answer) {
  CHECK(appup::to_text(answer.errors) == "");
  return appup::to_text(answer.warnings);
}

std::string errors_of(const appup::appup_check_answer& answer) {
  CHECK_FALSE(answer.ok());
  return appup::to_text(answer.errors);
}

const std::string foo_and_bar = "{update: foo}, {load_module: bar}";

}  // namespace

TEST_SUITE("appup/appup_check") {
  TEST_CASE("an appup that fits has nothing to be said about") {
    checked app;
    app.appup(foo_and_bar, foo_and_bar);
    for (const bool with_old : {false, true}) {
      CAPTURE(with_old);
      const auto answer = app.check(with_old);
      CHECK(answer.application == "a");
      CHECK(answer.vsn == "2.0");
      CHECK(answer.old_vsn == (with_old ? "1.0" : ""));
      CHECK(answer.up == 1);
      CHECK(answer.down == 1);
      CHECK(warnings_of(answer) == "");
    }
  }

  TEST_CASE("a mark of generate that nobody answered is told") {
    checked a;
    a.appup("foo", "foo")
        .with("lib/a-2.0/appup.yaml",
              "vsn: \"2.0\"\n"
              "up:\n"
              "  - from: \"1.0\"\n"
              "    instructions:\n"
              "      # DECIDE: who sends foo.ask?\n"
              "      - update: foo\n"
              "      - load_module: bar  # DECIDE: no mark\n"
              "down:\n"
              "  - to: \"1.0\"\n"
              "    instructions:\n"
              "      - load_module: bar\n"
              "      - update: foo\n");
    const auto answer = a.check();
    CHECK(answer.ok());
    CHECK(
        warnings_of(answer) ==
        "lib/a-2.0/appup.yaml:5:7: warning[undecided]: `appup generate` could "
        "not decide this: answer it, and take the mark away\n"
        "        # DECIDE: who sends foo.ask?\n"
        "        ^");
  }

  TEST_CASE("the appup itself may be named instead of its folder") {
    checked app;
    app.appup(foo_and_bar, "{update: foo}");
    app.request.files = &app.files();
    app.request.appup = "lib/a-2.0/appup.yaml";
    const auto answer = appup::check_appup(app.request);
    CHECK(answer.application == "a");
    CHECK(answer.warnings.size() == 1);
  }

  TEST_CASE("the translation's errors are found in every entry") {
    checked app;
    app.with("lib/a-2.0/appup.yaml",
             "vsn: \"2.0\"\n"
             "up:\n"
             "  - from: \"1.0\"\n"
             "    instructions:\n"
             "      - update: {module: foo, dep_mods: [baz]}\n"
             "      - update: foo\n"
             "  - from: \"0.9\"\n"
             "    instructions:\n"
             "      - update: {module: foo, change: hard}\n"
             "  - from: \"0.8\"\n"
             "    instructions:\n"
             "      - load_module: foe\n"
             "  - from: {regex: \"0.(\"}\n"
             "    instructions: []\n"
             "down:\n"
             "  - to: \"1.0\"\n"
             "    instructions:\n"
             "      - suspend: [foo]\n"
             "      - point_of_no_return\n"
             "  - to: \"0.9\"\n"
             "    instructions:\n"
             "      - suspend: [foo]\n");
    CHECK(
        errors_of(app.check(false)) ==
        R"(lib/a-2.0/appup.yaml:5:42: error[undef_module]: foo depends on baz, which has no instruction (did you mean "bar"?)
        - update: {module: foo, dep_mods: [baz]}
                                           ^
lib/a-2.0/appup.yaml:6:17: error[muldef_module]: a second instruction for the module foo; the first is in line 5
        - update: foo
                  ^
lib/a-2.0/appup.yaml:9:39: error[bad_instruction]: change must be soft, supervisor or {advanced: EXTRA}, not "hard"
        - update: {module: foo, change: hard}
                                        ^
lib/a-2.0/appup.yaml:12:22: error[no_such_module]: the module foe is not in app.yaml of a 2.0 (did you mean "foo"?)
        - load_module: foe
                       ^
lib/a-2.0/appup.yaml:13:11: error[bad_regex]: "0.(" is no regular expression: Unmatched marking parenthesis ( or \(.  The error occurred while parsing the regular expression: '0.(>>>HERE>>>'.
    - from: {regex: "0.("}
            ^
lib/a-2.0/appup.yaml:18:9: error[bad_op_before_point_of_no_return]: suspend stands before the point of no return, where only load_object_code and apply may stand
        - suspend: [foo]
          ^
lib/a-2.0/appup.yaml:18:19: error[suspended_not_resumed]: foo is suspended, but never resumed
        - suspend: [foo]
                    ^
lib/a-2.0/appup.yaml:22:19: error[suspended_not_resumed]: foo is suspended, but never resumed
        - suspend: [foo]
                    ^)");
  }

  TEST_CASE("with the older version only its entries are checked") {
    checked app;
    app.with("lib/a-2.0/appup.yaml",
             "vsn: \"2.0\"\n"
             "up:\n"
             "  - {from: \"0.9\", instructions: [frob]}\n"
             "  - {from: {regex: \"1\\\\..*\"}, instructions: [{update: foo}, "
             "{update: bar}]}\n"
             "down:\n"
             "  - {to: \"1.0\", instructions: [{update: foo}, {update: bar}]}\n"
             "  - {to: \"0.9\", instructions: [frob]}\n");
    const auto answer = app.check();
    CHECK(warnings_of(answer) == "");
    CHECK(answer.up == 1);
    CHECK(answer.down == 1);
    CHECK_FALSE(app.check(false).ok() == answer.ok());
  }

  TEST_CASE("the modules of the way down are those of the older version") {
    checked app;
    app.with("lib/a-1.0/app.yaml",
             "application: a\nvsn: \"1.0\"\nmodules: [foo, bar, gone]\n");
    app.with("lib/a-2.0/app.yaml",
             "application: a\nvsn: \"2.0\"\nmodules: [foo, bar, fresh]\n");
    app.appup(foo_and_bar + ", {add_module: fresh}, {delete_module: gone}",
              foo_and_bar + ", {delete_module: fresh}, {add_module: gone}");
    CHECK(warnings_of(app.check()) == "");
    app.appup(foo_and_bar + ", {add_module: fresh}, {delete_module: gone}",
              foo_and_bar + ", {load_module: fresh}, {add_module: gone}");
    CHECK(
        errors_of(app.check()) ==
        R"(lib/a-2.0/appup.yaml:7:69: error[no_such_module]: the module fresh is not in app.yaml of a 1.0
      instructions: [{update: foo}, {load_module: bar}, {load_module: fresh}, {add_module: gone}]
                                                                      ^)");
  }

  TEST_CASE("modules that nobody knows are warnings where OTP has none") {
    checked app;
    app.appup(foo_and_bar +
                  ", {delete_module: ghost}, {suspend: [ghosts]}, {resume: "
                  "[ghosts]}, {load_object_code: {lib: a, vsn: \"2.0\", "
                  "modules: [gist]}}, {load_object_code: {lib: b, vsn: "
                  "\"1\", modules: [other]}}",
              foo_and_bar + ", {add_module: bar2}");
    app.with("lib/a-1.0/app.yaml",
             "application: a\nvsn: \"1.0\"\nmodules: [foo, bar, bar2]\n");
    const auto answer = app.check();
    REQUIRE(answer.ok());
    std::string found;
    for (const auto& one : answer.warnings) {
      if (one.tag == appup::errc::unknown_module)
        found += one.message + '\n';
    }
    CHECK(found ==
          "delete_module: the module ghost is not in app.yaml of a 1.0\n"
          "suspend: the module ghosts is in app.yaml of neither a 1.0 nor a "
          "2.0\n"
          "load_object_code: the module gist is not in app.yaml of a 2.0\n");
  }

  TEST_CASE("other applications are left to the making of a relup") {
    checked app;
    app.appup(foo_and_bar +
                  ", {add_application: b}, {restart_application: c}, "
                  "{remove_application: d}",
              foo_and_bar);
    CHECK(warnings_of(app.check()) == "");
    app.appup(foo_and_bar + ", {remove_application: a}", foo_and_bar);
    CHECK(app.check().errors.at(0).tag ==
          appup::errc::removed_application_present);
  }

  TEST_CASE("an entry without one for the way back is told") {
    checked app;
    app.with("lib/a-2.0/appup.yaml",
             "vsn: \"2.0\"\n"
             "up:\n"
             "  - {from: \"1.0\", instructions: [{update: foo}]}\n"
             "  - {from: {regex: \"0\\\\..*\"}, instructions: []}\n"
             "  - {from: {regex: \"r.*\"}, instructions: []}\n"
             "down:\n"
             "  - {to: \"0.5\", instructions: []}\n"
             "  - {to: \"2.1\", instructions: []}\n");
    CHECK(
        warnings_of(app.check(false)) ==
        R"(lib/a-2.0/appup.yaml:3:12: warning[no_down_entry]: there is a way up from "1.0", but none back down to it
    - {from: "1.0", instructions: [{update: foo}]}
             ^
lib/a-2.0/appup.yaml:5:12: warning[no_down_entry]: there is a way up from /r.*/, but none back down to it
    - {from: {regex: "r.*"}, instructions: []}
             ^
lib/a-2.0/appup.yaml:8:10: warning[no_up_entry]: there is a way down to "2.1", but none up from it
    - {to: "2.1", instructions: []}
           ^)");
    app.both("bar", "old", "old");
    CHECK(
        warnings_of(app.check()) ==
        R"(lib/a-2.0/appup.yaml:3:12: warning[no_down_entry]: there is a way up from "1.0", but none back down to it
    - {from: "1.0", instructions: [{update: foo}]}
             ^)");
  }

  TEST_CASE("an update without one for the way back is told") {
    checked app;
    app.both("bar", "same", "same").appup("{update: foo}", "");
    CHECK(
        warnings_of(app.check(false)) ==
        R"(lib/a-2.0/appup.yaml:4:29: warning[no_down_entry]: foo is changed going up from "1.0", but the way back down to it has no instruction for foo
      instructions: [{update: foo}]
                              ^)");
    app.appup("{restart_application: a}", "{delete_module: foo}");
    CHECK(app.check(false).warnings.empty());
    app.appup("", "{delete_module: foo}");
    CHECK(
        warnings_of(app.check(false)) ==
        R"(lib/a-2.0/appup.yaml:7:36: warning[no_up_entry]: foo is deleted going down to "1.0", but the way up from it has no instruction for foo
      instructions: [{delete_module: foo}]
                                     ^)");
  }

  TEST_CASE("modules that changed and have no instruction are told") {
    checked app;
    app.appup("{update: foo}", "{update: foo}");
    CHECK(
        warnings_of(app.check()) ==
        R"(lib/a-2.0/appup.yaml:3:11: warning[changed_without_instruction]: bar is not the same in a 1.0 and a 2.0, but no instruction changes it: its code stays until the node restarts
    - from: "1.0"
            ^
lib/a-2.0/appup.yaml:6:9: warning[changed_without_instruction]: bar is not the same in a 2.0 and a 1.0, but no instruction changes it: its code stays until the node restarts
    - to: "1.0"
          ^)");
    for (const auto* all : {"{restart_application: a}", "restart_emulator"}) {
      CAPTURE(all);
      app.appup(all, all);
      CHECK(warnings_of(app.check()) == "");
    }
  }

  TEST_CASE("instructions for modules that did not change are told") {
    checked app;
    app.both("bar", "same", "same")
        .appup(foo_and_bar,
               "{update: foo}, "
               "{delete_module: bar}");
    CHECK(
        warnings_of(app.check()) ==
        R"(lib/a-2.0/appup.yaml:4:49: warning[instruction_without_change]: bar is the same in a 1.0 and a 2.0: it needs no instruction
      instructions: [{update: foo}, {load_module: bar}]
                                                  ^
lib/a-2.0/appup.yaml:7:51: warning[instruction_without_change]: bar is deleted, but it is in app.yaml of a 1.0
      instructions: [{update: foo}, {delete_module: bar}]
                                                    ^)");
  }

  TEST_CASE("modules that were added or removed need their instructions") {
    checked app;
    app.with("lib/a-1.0/app.yaml",
             "application: a\nvsn: \"1.0\"\nmodules: [foo, bar, gone]\n");
    app.with("lib/a-2.0/app.yaml",
             "application: a\nvsn: \"2.0\"\nmodules: [foo, bar, fresh]\n");
    app.appup(foo_and_bar, foo_and_bar);
    CHECK(
        warnings_of(app.check()) ==
        R"(lib/a-2.0/appup.yaml:3:11: warning[added_without_instruction]: a 2.0 has the module fresh and a 1.0 has not: add_module is missing
    - from: "1.0"
            ^
lib/a-2.0/appup.yaml:3:11: warning[removed_without_instruction]: a 1.0 has the module gone and a 2.0 has not: delete_module is missing
    - from: "1.0"
            ^
lib/a-2.0/appup.yaml:6:9: warning[added_without_instruction]: a 1.0 has the module gone and a 2.0 has not: add_module is missing
    - to: "1.0"
          ^
lib/a-2.0/appup.yaml:6:9: warning[removed_without_instruction]: a 2.0 has the module fresh and a 1.0 has not: delete_module is missing
    - to: "1.0"
          ^)");
  }

  TEST_CASE("what cannot be told is said") {
    checked app;
    app.appup("{update: foo}", "{update: foo}");
    REQUIRE(app.files().remove("lib/a-1.0/modules/bar.so"));
    const auto answer = app.check();
    CHECK(warnings_of(answer) == "");
    CHECK(answer.notes ==
          std::vector<std::string>{
              "whether these modules changed cannot be told without the files "
              "of both versions: bar",
              "what these modules import cannot be told without a module file "
              "that can be read: foo, bar"});
  }

  TEST_CASE("a version that no entry leads to or from is an error") {
    checked app;
    app.with("lib/a-2.0/appup.yaml",
             "vsn: \"2.0\"\n"
             "up:\n"
             "  - {from: \"0.9\", instructions: []}\n"
             "down: []\n");
    CHECK(
        errors_of(app.check()) ==
        R"(lib/a-2.0/appup.yaml:2:1: error[no_relup]: a 2.0 has no way up from version 1.0; it has "0.9"
  up:
  ^
lib/a-2.0/appup.yaml:4:1: error[no_relup]: a 2.0 has no way down to version 1.0; it has none at all
  down: []
  ^)");
  }

  TEST_CASE("an appup of another version is told") {
    checked app;
    app.with("lib/a-2.0/appup.yaml", "vsn: \"2.1\"\nup: []\ndown: []\n");
    CHECK(
        warnings_of(app.check(false)) ==
        R"(lib/a-2.0/appup.yaml:1:6: warning[bad_vsn]: the appup is for version 2.1, but the application's version is 2.0
  vsn: "2.1"
       ^)");
    app.request.warnings_as_errors = true;
    CHECK(
        errors_of(app.check(false)) ==
        R"(lib/a-2.0/appup.yaml:1:6: error[warnings_treated_as_errors]: a warning is treated as an error: bad_vsn: the appup is for version 2.1, but the application's version is 2.0
  vsn: "2.1"
       ^)");
  }

  TEST_CASE("the older version must be one of the same application") {
    checked app;
    app.appup("", "");
    app.with("lib/a-1.0/app.yaml", "application: b\nvsn: \"1.0\"\n");
    CHECK(
        errors_of(app.check()) ==
        R"(lib/a-1.0/app.yaml:1:1: error[error_reading]: the older version is of the application b, but the appup is for a
  application: b
  ^)");
    app.with("lib/a-1.0/app.yaml", "application: a\nvsn: \"2.0\"\n");
    CHECK(
        errors_of(app.check()) ==
        R"(lib/a-1.0/app.yaml:2:6: error[error_reading]: the older version is 2.0 too
  vsn: "2.0"
       ^)");
  }

  TEST_CASE("files that are not there are named") {
    checked app;
    CHECK(errors_of(app.check()) ==
          "lib/a-2.0/appup.yaml: error[file_problem]: cannot be read: No such "
          "file or directory");
    REQUIRE(app.files().remove("lib/a-2.0/app.yaml"));
    REQUIRE(app.files().remove("lib/a-1.0/app.yaml"));
    CHECK(errors_of(app.check()) ==
          "lib/a-1.0/app.yaml: error[error_reading]: cannot be read: No such "
          "file or directory\n"
          "lib/a-2.0/app.yaml: error[error_reading]: cannot be read: No such "
          "file or directory\n"
          "lib/a-2.0/appup.yaml: error[file_problem]: cannot be read: No such "
          "file or directory");
  }
}
