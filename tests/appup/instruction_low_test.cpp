// What is said of low-level instructions.
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

namespace {

using instar::test::check_up_errors;

}  // namespace

TEST_SUITE("appup/instruction_low") {
  TEST_CASE("everything wrong with one load_object_code is said at once") {
    check_up_errors(
        R"(- load_object_code: {lib: 3, vsn: 2.0, modules: foo}
)",
        R"(lib/a-2.0/appup.yaml:5:29: error[bad_lib]: an application must be a name, not the number 3
    - load_object_code: {lib: 3, vsn: 2.0, modules: foo}
                              ^
lib/a-2.0/appup.yaml:5:37: error[bad_lib_vsn]: vsn must be a version, not the number 2.0; a version is a string: write "2.0", in quotes
    - load_object_code: {lib: 3, vsn: 2.0, modules: foo}
                                      ^
lib/a-2.0/appup.yaml:5:51: error[bad_list]: expected a list of modules, found "foo": write [foo]
    - load_object_code: {lib: 3, vsn: 2.0, modules: foo}
                                                    ^)");
  }

  TEST_CASE("a version that would leave the folder is refused") {
    check_up_errors(
        R"(- load_object_code: {lib: a, vsn: "../2", modules: [foo]}
)",
        R"(lib/a-2.0/appup.yaml:5:37: error[bad_lib_vsn]: "../2" is no version: a letter or digit, then at most 63 letters, digits and . _ + ~ -
    - load_object_code: {lib: a, vsn: "../2", modules: [foo]}
                                      ^)");
  }

  TEST_CASE("a low-level load has no short form") {
    check_up_errors(
        R"(- load: foo
)",
        R"(lib/a-2.0/appup.yaml:5:11: error[bad_instruction]: load must be a map with the keys module, pre_purge, post_purge, not "foo"
    - load: foo
            ^)");
  }

  TEST_CASE("everything wrong with one load is said at once") {
    check_up_errors(
        R"(- load: {module: Foo, pre_purge: soft, post-purge: soft_purge}
)",
        R"(lib/a-2.0/appup.yaml:5:42: error[unknown_key]: load has no key "post-purge" (did you mean "post_purge"?)
    - load: {module: Foo, pre_purge: soft, post-purge: soft_purge}
                                           ^
lib/a-2.0/appup.yaml:5:20: error[bad_module]: "Foo" is no name of a module: a small letter, then letters, digits and _
    - load: {module: Foo, pre_purge: soft, post-purge: soft_purge}
                     ^
lib/a-2.0/appup.yaml:5:36: error[bad_purge_method]: pre_purge must be soft_purge or brutal_purge, not "soft" (did you mean "soft_purge"?)
    - load: {module: Foo, pre_purge: soft, post-purge: soft_purge}
                                     ^)");
  }

  TEST_CASE("a low-level load has no defaults") {
    check_up_errors(
        R"(- load: {module: foo, pre_purge: soft_purge}
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: load needs the key "post_purge"
    - load: {module: foo, pre_purge: soft_purge}
      ^)");
  }

  TEST_CASE("suspend needs a list") {
    check_up_errors(
        R"(- suspend: foo
)",
        R"(lib/a-2.0/appup.yaml:5:14: error[bad_list]: expected a list of modules, found "foo": write [foo]
    - suspend: foo
               ^)");
  }

  TEST_CASE("suspended modules are checked one by one") {
    check_up_errors(
        R"(- suspend: [{module: foo, timeout: -3}, {mod: foo}, 4]
)",
        R"(lib/a-2.0/appup.yaml:5:38: error[bad_timeout]: a timeout is default, infinity or milliseconds from 1 to 4294967295, not the number -3
    - suspend: [{module: foo, timeout: -3}, {mod: foo}, 4]
                                       ^
lib/a-2.0/appup.yaml:5:44: error[unknown_key]: a suspended module has no key "mod" (did you mean "module"?)
    - suspend: [{module: foo, timeout: -3}, {mod: foo}, 4]
                                             ^
lib/a-2.0/appup.yaml:5:55: error[bad_module]: a module must be a name, not the number 4
    - suspend: [{module: foo, timeout: -3}, {mod: foo}, 4]
                                                        ^)");
  }

  TEST_CASE("everything wrong with one code_change is said at once") {
    check_up_errors(
        R"(- code_change: {mode: sideways, modules: [foo, {module: bar}]}
)",
        R"(lib/a-2.0/appup.yaml:5:25: error[bad_mode]: mode must be up or down, not "sideways"
    - code_change: {mode: sideways, modules: [foo, {module: bar}]}
                          ^
lib/a-2.0/appup.yaml:5:45: error[bad_code_change]: expected {module: M, extra: EXTRA}, found "foo"
    - code_change: {mode: sideways, modules: [foo, {module: bar}]}
                                              ^
lib/a-2.0/appup.yaml:5:50: error[bad_code_change]: a changed module needs the key "extra"
    - code_change: {mode: sideways, modules: [foo, {module: bar}]}
                                                   ^)");
  }

  TEST_CASE("code_change needs a list") {
    check_up_errors(
        R"(- code_change: {modules: foo}
)",
        R"(lib/a-2.0/appup.yaml:5:28: error[bad_list]: expected a list of {module: M, extra: EXTRA}, found "foo"
    - code_change: {modules: foo}
                             ^)");
  }

  TEST_CASE("everything wrong with one apply is said at once") {
    check_up_errors(
        R"(- apply: {module: m, function: 3, args: a}
)",
        R"(lib/a-2.0/appup.yaml:5:34: error[bad_func]: the number 3 is no name of a function: a letter or _, then letters, digits and _
    - apply: {module: m, function: 3, args: a}
                                   ^
lib/a-2.0/appup.yaml:5:43: error[bad_args_list]: args must be a list, not "a": write [a]
    - apply: {module: m, function: 3, args: a}
                                            ^)");
  }

  TEST_CASE("apply needs its arguments") {
    check_up_errors(
        R"(- apply: {module: m, function: f}
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: apply needs the key "args"
    - apply: {module: m, function: f}
      ^)");
  }

  TEST_CASE("undo is checked as the call is") {
    check_up_errors(
        R"(- apply: {module: m, function: f, args: [], undo: {module: m, function: "a b", args: []}}
)",
        R"(lib/a-2.0/appup.yaml:5:75: error[bad_func]: "a b" is no name of a function: a letter or _, then letters, digits and _
    - apply: {module: m, function: f, args: [], undo: {module: m, function: "a b", args: []}}
                                                                            ^)");
  }

  TEST_CASE("sync_nodes needs a list of nodes") {
    check_up_errors(
        R"(- sync_nodes: {id: 1, nodes: n}
)",
        R"(lib/a-2.0/appup.yaml:5:32: error[bad_list]: nodes must be a list, not "n"
    - sync_nodes: {id: 1, nodes: n}
                                 ^)");
  }

  TEST_CASE("a node must be a string") {
    check_up_errors(
        R"(- sync_nodes: {id: 1, nodes: [2, n@h]}
)",
        R"(lib/a-2.0/appup.yaml:5:33: error[bad_node]: a node must be a string, not the number 2
    - sync_nodes: {id: 1, nodes: [2, n@h]}
                                  ^)");
  }

  TEST_CASE("names of a low-level instruction with escapes are shown as text") {
    check_up_errors(
        R"(- purge: [foo, "\x1b[31mred"]
)",
        R"(lib/a-2.0/appup.yaml:5:18: error[bad_module]: "?[31mred" is no name of a module: a small letter, then letters, digits and _
    - purge: [foo, "\x1b[31mred"]
                   ^)");
  }

  TEST_CASE("sync_nodes needs nodes or a function") {
    check_up_errors(
        R"(- sync_nodes: {id: 1}
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[bad_instruction]: sync_nodes needs the key "nodes"
    - sync_nodes: {id: 1}
      ^)");
  }

  TEST_CASE("mnesia_backup is not implemented as in OTP") {
    check_up_errors(
        R"(- mnesia_backup
)",
        R"(lib/a-2.0/appup.yaml:5:5: error[not_yet_implemented]: mnesia_backup is not implemented
    - mnesia_backup
      ^)");
  }
}
