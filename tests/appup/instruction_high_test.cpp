// What is said of high-level instructions and of what is none.
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

namespace {

using instar::test::check_up_errors;

}  // namespace

TEST_SUITE("appup/instruction_high") {
  TEST_CASE("a misspelt instruction is told the near one") {
    check_up_errors(
        R"(- updte: foo
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: there is no instruction "updte" (did you mean "update"?)
    - updte: foo
      ^)");
  }

  TEST_CASE("an instruction without its argument is told so") {
    check_up_errors(
        R"(- update
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: update needs an argument: write update: ...
    - update
      ^)");
  }

  TEST_CASE("an unknown instruction without a near name is just unknown") {
    check_up_errors(
        R"(- frobnicate
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: there is no instruction "frobnicate"
    - frobnicate
      ^)");
  }

  TEST_CASE("a bare word with a colon is told to drop it") {
    check_up_errors(
        R"(- point_of_no_return:
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: point_of_no_return has no argument: write the word alone, without a colon
    - point_of_no_return:
      ^)");
  }

  TEST_CASE("two keys make no instruction") {
    check_up_errors(
        R"(- update: foo
  load_module: bar
)",
        R"(lib/a-2.0/appup.yaml:6:5: error[bad_instruction]: an instruction has one key, this has 1 more after "update"; if "load_module" is its argument, indent it further
      load_module: bar
      ^)");
  }

  TEST_CASE("an argument that is not indented is told so") {
    check_up_errors(
        R"(- update:
  module: foo
)",
        R"(lib/a-2.0/appup.yaml:6:5: error[bad_instruction]: an instruction has one key, this has 1 more after "update"; if "module" is its argument, indent it further
      module: foo
      ^)");
  }

  TEST_CASE("a number is no instruction") {
    check_up_errors(
        R"(- 3
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: expected an instruction, found the number 3
    - 3
      ^)");
  }

  TEST_CASE("an instruction in a list has no defaults") {
    check_up_errors(
        R"(- [{update: foo}]
)",
        R"(lib/a-2.0/appup.yaml:5:15: error[bad_instruction]: update must be a map with the keys module, change, mod_type, timeout, convert_timeout, when_busy, pre_purge, post_purge, dep_mods, not "foo"
    - [{update: foo}]
                ^)");
  }

  TEST_CASE("an instruction in a list is told every key that it lacks") {
    check_up_errors(
        R"(- [{update: {module: foo, change: soft}}, {add_application: {name: a}}]
)",
        R"(lib/a-2.0/appup.yaml:5:7: error[bad_instruction]: update needs the key "pre_purge": inside a list nothing has a default
    - [{update: {module: foo, change: soft}}, {add_application: {name: a}}]
        ^
lib/a-2.0/appup.yaml:5:7: error[bad_instruction]: update needs the key "post_purge": inside a list nothing has a default
    - [{update: {module: foo, change: soft}}, {add_application: {name: a}}]
        ^
lib/a-2.0/appup.yaml:5:7: error[bad_instruction]: update needs the key "dep_mods": inside a list nothing has a default
    - [{update: {module: foo, change: soft}}, {add_application: {name: a}}]
        ^
lib/a-2.0/appup.yaml:5:46: error[bad_instruction]: add_application needs the key "type": inside a list nothing has a default
    - [{update: {module: foo, change: soft}}, {add_application: {name: a}}]
                                               ^)");
  }

  TEST_CASE("an instruction in quotes or without a space is told so") {
    check_up_errors(
        R"(- "load_module: foo"
- load_module:foo
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: there is no instruction "load_module: foo": write load_module: foo without quotes
    - "load_module: foo"
      ^
lib/a-2.0/appup.yaml:6:5: error[bad_instruction]: there is no instruction "load_module:foo": a space is missing after load_module:
    - load_module:foo
      ^)");
  }

  TEST_CASE("a tuple as in OTP is told how it is written here") {
    check_up_errors(
        R"(- {load_module, foo}
)",
        R"(lib/a-2.0/appup.yaml:5:19: error[bad_instruction]: an instruction has one key, this has 1 more after "load_module"; write load_module: foo
    - {load_module, foo}
                    ^)");
  }

  TEST_CASE("an instruction takes one module") {
    check_up_errors(
        R"(- update: [foo, bar]
- add_application: [a]
)",
        R"(lib/a-2.0/appup.yaml:5:13: error[bad_module]: update takes one module, not a list: write an instruction for each
    - update: [foo, bar]
              ^
lib/a-2.0/appup.yaml:6:22: error[bad_application]: add_application takes one application, not a list: write an instruction for each
    - add_application: [a]
                       ^)");
  }

  TEST_CASE("everything wrong with one update is said at once") {
    check_up_errors(
        R"(- update: {module: Foo, chnge: soft, mod_type: statc, timeout: infinty, pre_purge: brutal, dep_mods: bar}
)",
        R"(lib/a-2.0/appup.yaml:5:27: error[unknown_key]: update has no key "chnge" (did you mean "change"?)
    - update: {module: Foo, chnge: soft, mod_type: statc, timeout: infinty, pre_purge: brutal, dep_mods: bar}
                            ^
lib/a-2.0/appup.yaml:5:22: error[bad_module]: "Foo" is no name of a module: a small letter, then letters, digits and _
    - update: {module: Foo, chnge: soft, mod_type: statc, timeout: infinty, pre_purge: brutal, dep_mods: bar}
                       ^
lib/a-2.0/appup.yaml:5:50: error[bad_mod_type]: mod_type must be static or dynamic, not "statc" (did you mean "static"?)
    - update: {module: Foo, chnge: soft, mod_type: statc, timeout: infinty, pre_purge: brutal, dep_mods: bar}
                                                   ^
lib/a-2.0/appup.yaml:5:66: error[bad_timeout]: a timeout is default, infinity or milliseconds from 1 to 4294967295, not "infinty" (did you mean "infinity"?)
    - update: {module: Foo, chnge: soft, mod_type: statc, timeout: infinty, pre_purge: brutal, dep_mods: bar}
                                                                   ^
lib/a-2.0/appup.yaml:5:86: error[bad_purge_method]: pre_purge must be soft_purge or brutal_purge, not "brutal" (did you mean "brutal_purge"?)
    - update: {module: Foo, chnge: soft, mod_type: statc, timeout: infinty, pre_purge: brutal, dep_mods: bar}
                                                                                       ^
lib/a-2.0/appup.yaml:5:104: error[bad_list]: expected a list of modules, found "bar": write [bar]
    - update: {module: Foo, chnge: soft, mod_type: statc, timeout: infinty, pre_purge: brutal, dep_mods: bar}
                                                                                                         ^)");
  }

  TEST_CASE("names of modules are checked") {
    check_up_errors(
        R"(- update: {module: Foo}
- update: {module: 3}
- update: foo-bar
)",
        R"(lib/a-2.0/appup.yaml:5:22: error[bad_module]: "Foo" is no name of a module: a small letter, then letters, digits and _
    - update: {module: Foo}
                       ^
lib/a-2.0/appup.yaml:6:22: error[bad_module]: a module must be a name, not the number 3
    - update: {module: 3}
                       ^
lib/a-2.0/appup.yaml:7:13: error[bad_module]: "foo-bar" is no name of a module: a small letter, then letters, digits and _
    - update: foo-bar
              ^)");
  }

  TEST_CASE("dependencies must be a list of names") {
    check_up_errors(
        R"(- update: {module: foo, dep_mods: bar}
- load_module: {module: bar, dep_mods: [baz, 3]}
)",
        R"(lib/a-2.0/appup.yaml:5:37: error[bad_list]: expected a list of modules, found "bar": write [bar]
    - update: {module: foo, dep_mods: bar}
                                      ^
lib/a-2.0/appup.yaml:6:48: error[bad_module]: a module must be a name, not the number 3
    - load_module: {module: bar, dep_mods: [baz, 3]}
                                                 ^)");
  }

  TEST_CASE("an unknown change alone is no instruction as in OTP") {
    check_up_errors(
        R"(- update: {module: foo, change: hard}
)",
        R"(lib/a-2.0/appup.yaml:5:35: error[bad_instruction]: change must be soft, supervisor or {advanced: EXTRA}, not "hard"
    - update: {module: foo, change: hard}
                                    ^)");
  }

  TEST_CASE("an unknown change beside other keys is a bad change") {
    check_up_errors(
        R"(- update: {module: foo, change: hard, timeout: 5}
)",
        R"(lib/a-2.0/appup.yaml:5:35: error[bad_change]: change must be soft, supervisor or {advanced: EXTRA}, not "hard"
    - update: {module: foo, change: hard, timeout: 5}
                                    ^)");
  }

  TEST_CASE("a change that is nearly advanced is told so") {
    check_up_errors(
        R"(- update: {module: foo, change: {advance: 1}}
)",
        R"(lib/a-2.0/appup.yaml:5:35: error[bad_change]: change must be soft, supervisor or {advanced: EXTRA}, not a map (did you mean "advanced"?)
    - update: {module: foo, change: {advance: 1}}
                                    ^)");
  }

  TEST_CASE("an advanced change needs its extra and has nothing else") {
    check_up_errors(
        R"(- update: {module: foo, change: advanced}
- update: {module: bar, change: {advanced: 1, timeout: 5}}
)",
        R"(lib/a-2.0/appup.yaml:5:35: error[bad_instruction]: an advanced change needs what its code_change is given: write {advanced: EXTRA}, where EXTRA may be null
    - update: {module: foo, change: advanced}
                                    ^
lib/a-2.0/appup.yaml:6:49: error[bad_change]: advanced is the only key of a change: what code_change is given goes into its value
    - update: {module: bar, change: {advanced: 1, timeout: 5}}
                                                  ^)");
  }

  TEST_CASE("a supervisor has no other keys") {
    check_up_errors(
        R"(- update: {module: foo, change: supervisor, timeout: 5}
)",
        R"(lib/a-2.0/appup.yaml:5:35: error[bad_change]: change: supervisor stands with module alone, without other keys
    - update: {module: foo, change: supervisor, timeout: 5}
                                    ^)");
  }

  TEST_CASE("an unknown module type is refused") {
    check_up_errors(
        R"(- update: {module: foo, mod_type: elastic}
)",
        R"(lib/a-2.0/appup.yaml:5:37: error[bad_mod_type]: mod_type must be static or dynamic, not "elastic"
    - update: {module: foo, mod_type: elastic}
                                      ^)");
  }

  TEST_CASE("a timeout must be positive") {
    check_up_errors(
        R"(- update: {module: foo, timeout: 0}
- update: {module: bar, timeout: soon}
)",
        R"(lib/a-2.0/appup.yaml:5:36: error[bad_timeout]: a timeout is default, infinity or milliseconds from 1 to 4294967295, not the number 0
    - update: {module: foo, timeout: 0}
                                     ^
lib/a-2.0/appup.yaml:6:36: error[bad_timeout]: a timeout is default, infinity or milliseconds from 1 to 4294967295, not "soon"
    - update: {module: bar, timeout: soon}
                                     ^)");
  }

  TEST_CASE("a conversion's time and what a busy process means are checked") {
    check_up_errors(
        R"(- update: {module: foo, convert_timeout: 0}
- update: {module: bar, when_busy: restrt}
)",
        R"(lib/a-2.0/appup.yaml:5:44: error[bad_timeout]: a timeout is default, infinity or milliseconds from 1 to 4294967295, not the number 0
    - update: {module: foo, convert_timeout: 0}
                                             ^
lib/a-2.0/appup.yaml:6:38: error[bad_when_busy]: when_busy must be abort, wait or restart, not "restrt" (did you mean "restart"?)
    - update: {module: bar, when_busy: restrt}
                                       ^)");
  }

  TEST_CASE("a misspelt purge method is told the near one") {
    check_up_errors(
        R"(- update: {module: foo, pre_purge: soft-purge}
)",
        R"(lib/a-2.0/appup.yaml:5:38: error[bad_purge_method]: pre_purge must be soft_purge or brutal_purge, not "soft-purge" (did you mean "soft_purge"?)
    - update: {module: foo, pre_purge: soft-purge}
                                       ^)");
  }

  TEST_CASE("a misspelt key is told the near one") {
    check_up_errors(
        R"(- update: {module: foo, chnge: soft}
)",
        R"(lib/a-2.0/appup.yaml:5:27: error[unknown_key]: update has no key "chnge" (did you mean "change"?)
    - update: {module: foo, chnge: soft}
                            ^)");
  }

  TEST_CASE("names of applications are checked") {
    check_up_errors(
        R"(- add_application: {name: Foo}
)",
        R"(lib/a-2.0/appup.yaml:5:29: error[bad_application]: "Foo" is no name of an application: a small letter, then letters, digits and _
    - add_application: {name: Foo}
                              ^)");
  }

  TEST_CASE("a misspelt start type is told the near one") {
    check_up_errors(
        R"(- add_application: {name: foo, type: permanant}
)",
        R"(lib/a-2.0/appup.yaml:5:40: error[bad_start_type]: a start type must be permanent, transient, temporary, load or none, not "permanant" (did you mean "permanent"?)
    - add_application: {name: foo, type: permanant}
                                         ^)");
  }

  TEST_CASE("restart is told what stands for it") {
    check_up_errors(
        R"(- restart
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: there is no instruction "restart"; to restart the node write restart_emulator
    - restart
      ^)");
  }
}
