// What is said of scripts as a whole.
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

namespace {

using instar::test::check_up_errors;

}  // namespace

TEST_SUITE("appup/translate") {
  TEST_CASE("a second point of no return is refused") {
    check_up_errors(
        R"(- point_of_no_return
- apply: {module: m, function: f, args: []}
- point_of_no_return
)",
        R"(lib/a-2.0/appup.yaml:7:5: error[too_many_point_of_no_return]: a second point_of_no_return; the first is in line 5
    - point_of_no_return
      ^)");
  }

  TEST_CASE("all that may not precede the point of no return is said at once") {
    check_up_errors(
        R"(- update: foo
- suspend: [bar]
- frob
- point_of_no_return
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_op_before_point_of_no_return]: update stands before the point of no return, where only load_object_code and apply may stand
    - update: foo
      ^
lib/a-2.0/appup.yaml:6:5: error[bad_op_before_point_of_no_return]: suspend stands before the point of no return, where only load_object_code and apply may stand
    - suspend: [bar]
      ^
lib/a-2.0/appup.yaml:7:5: error[bad_op_before_point_of_no_return]: an instruction stands before the point of no return, where only load_object_code and apply may stand
    - frob
      ^
lib/a-2.0/appup.yaml:7:5: error[bad_instruction]: there is no instruction "frob"
    - frob
      ^)");
  }

  TEST_CASE("a load needs object code") {
    check_up_errors(
        R"(- load: {module: foo, pre_purge: soft_purge, post_purge: soft_purge}
)",
        R"(lib/a-2.0/appup.yaml:5:20: error[no_object_code]: foo is loaded, but no load_object_code reads it
    - load: {module: foo, pre_purge: soft_purge, post_purge: soft_purge}
                     ^)");
  }

  TEST_CASE("what is suspended or stopped needs its counterpart") {
    check_up_errors(
        R"(- suspend: [foo]
- resume: [bar]
- stop: [foo]
- start: [bar]
)",
        R"(lib/a-2.0/appup.yaml:5:15: error[suspended_not_resumed]: foo is suspended, but never resumed
    - suspend: [foo]
                ^
lib/a-2.0/appup.yaml:6:14: error[resumed_not_suspended]: bar is resumed, but never suspended
    - resume: [bar]
               ^
lib/a-2.0/appup.yaml:8:13: error[start_not_stop]: bar is started, but never stopped
    - start: [bar]
              ^
lib/a-2.0/appup.yaml:7:12: error[stop_not_start]: foo is stopped, but never started
    - stop: [foo]
             ^)");
  }

  TEST_CASE("a counterpart with a near name is pointed out") {
    check_up_errors(
        R"(- suspend: [foo, {module: bar, timeout: 3}]
- resume: [barr, foo]
)",
        R"(lib/a-2.0/appup.yaml:5:29: error[suspended_not_resumed]: bar is suspended, but never resumed (barr is: is one of them misspelt?)
    - suspend: [foo, {module: bar, timeout: 3}]
                              ^
lib/a-2.0/appup.yaml:6:14: error[resumed_not_suspended]: barr is resumed, but never suspended (bar is: is one of them misspelt?)
    - resume: [barr, foo]
               ^)");
  }

  TEST_CASE("what does not follow from an error is said with it") {
    check_up_errors(
        R"(- suspend: [foo]
- load_module: fop
- update: {module: bar, dep_mods: [baz]}
- restart_application: b
- load_module: bar
- load_object_code: {lib: a, vsn: "2.0", modules: [foo]}
- load_object_code: {lib: a, vsn: "1.0", modules: [foo]}
)",
        R"(lib/a-2.0/appup.yaml:5:15: error[suspended_not_resumed]: foo is suspended, but never resumed
    - suspend: [foo]
                ^
lib/a-2.0/appup.yaml:8:26: error[no_such_application]: there is no application b in release 1 (did you mean "a"?)
    - restart_application: b
                           ^
lib/a-2.0/appup.yaml:8:26: error[no_such_application]: there is no application b in release 2 (did you mean "a"?)
    - restart_application: b
                           ^
lib/a-2.0/appup.yaml:9:18: error[muldef_module]: a second instruction for the module bar; the first is in line 7
    - load_module: bar
                   ^
lib/a-2.0/appup.yaml:6:18: error[no_such_module]: the module fop is in no application of release 2 (did you mean "foo"?)
    - load_module: fop
                   ^
lib/a-2.0/appup.yaml:11:37: error[conflicting_versions]: object code of a is read in version 1.0 here, in version 2.0 in line 10
    - load_object_code: {lib: a, vsn: "1.0", modules: [foo]}
                                      ^)");
  }

  TEST_CASE("what may follow from a malformed instruction is not said") {
    // The module that is missed and the resume may be in the first line.
    check_up_errors(
        R"(- resmue: [foo]
- suspend: [foo]
- load: {module: foo, pre_purge: soft_purge, post_purge: soft_purge}
- update: {module: bar, dep_mods: [qux]}
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: there is no instruction "resmue" (did you mean "resume"?)
    - resmue: [foo]
      ^)");
  }

  TEST_CASE("applications of application instructions must exist") {
    check_up_errors(
        R"(- add_application: ghost
- remove_application: b
- restart_application: aa
- remove_application: a
)",
        R"(lib/a-2.0/appup.yaml:5:22: error[no_such_application]: there is no application ghost in release 2
    - add_application: ghost
                       ^
lib/a-2.0/appup.yaml:6:25: error[no_such_application]: there is no application b in release 1 (did you mean "a"?)
    - remove_application: b
                          ^
lib/a-2.0/appup.yaml:7:26: error[no_such_application]: there is no application aa in release 1 (did you mean "a"?)
    - restart_application: aa
                           ^
lib/a-2.0/appup.yaml:7:26: error[no_such_application]: there is no application aa in release 2 (did you mean "a"?)
    - restart_application: aa
                           ^
lib/a-2.0/appup.yaml:8:25: error[removed_application_present]: a cannot be removed: release 2 has it
    - remove_application: a
                          ^)");
  }

  TEST_CASE("a module has one instruction") {
    check_up_errors(
        R"(- update: foo
- load_module: bar
- load_module: foo
)",
        R"(lib/a-2.0/appup.yaml:7:18: error[muldef_module]: a second instruction for the module foo; the first is in line 5
    - load_module: foo
                   ^)");
  }

  TEST_CASE("a dependency needs an instruction of its own") {
    check_up_errors(
        R"(- update: {module: foo, dep_mods: [bar, bax]}
- load_module: baz
)",
        R"(lib/a-2.0/appup.yaml:5:38: error[undef_module]: foo depends on bar, which has no instruction: give it one, or leave it out of dep_mods if it does not change
    - update: {module: foo, dep_mods: [bar, bax]}
                                       ^
lib/a-2.0/appup.yaml:5:43: error[undef_module]: foo depends on bax, which has no instruction (did you mean "baz"?)
    - update: {module: foo, dep_mods: [bar, bax]}
                                            ^)");
  }

  TEST_CASE("a module that is loaded must be in the target release") {
    check_up_errors(
        R"(- load_module: fop
)",
        R"(lib/a-2.0/appup.yaml:5:18: error[no_such_module]: the module fop is in no application of release 2 (did you mean "foo"?)
    - load_module: fop
                   ^)");
  }

  TEST_CASE("object code of one application has one version") {
    check_up_errors(
        R"(- load_object_code: {lib: a, vsn: "2.0", modules: [foo]}
- load_object_code: {lib: a, vsn: "1.0", modules: [bar]}
)",
        R"(lib/a-2.0/appup.yaml:6:37: error[conflicting_versions]: object code of a is read in version 1.0 here, in version 2.0 in line 5
    - load_object_code: {lib: a, vsn: "1.0", modules: [bar]}
                                      ^)");
  }

  TEST_CASE("anchors are refused") {
    check_up_errors(
        R"(- update: &x foo
- update: *x
)",
        R"(lib/a-2.0/appup.yaml:5:13: error[alias_not_allowed]: anchors are not allowed: write the value out
    - update: &x foo
              ^)");
  }

  TEST_CASE("YAML tags are refused") {
    check_up_errors(
        R"(- update: !foo bar
)",
        R"(lib/a-2.0/appup.yaml:5:13: error[file_problem]: the YAML tag !foo is not allowed
    - update: !foo bar
              ^)");
  }

  TEST_CASE("a key that is given twice is refused") {
    check_up_errors(
        R"(- update: {module: foo, module: bar}
)",
        R"(lib/a-2.0/appup.yaml:5:27: error[duplicate_key]: the key "module" is given twice; the first is in line 5
    - update: {module: foo, module: bar}
                            ^)");
  }

  TEST_CASE("a key that is given twice inside an argument is refused") {
    check_up_errors(
        R"(- apply: {module: m, function: f, args: [{a: 1, b: 2, a: 3}]}
)",
        R"(lib/a-2.0/appup.yaml:5:57: error[duplicate_key]: the key "a" is given twice; the first is in line 5
    - apply: {module: m, function: f, args: [{a: 1, b: 2, a: 3}]}
                                                          ^)");
  }

  TEST_CASE("a flow map that is left open is no YAML") {
    check_up_errors(
        R"(- update: {module: foo
)",
        R"(lib/a-2.0/appup.yaml:5:13: error[file_problem]: not YAML: the { that opens here is never closed
    - update: {module: foo
              ^)");
  }
}
