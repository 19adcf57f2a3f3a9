#include "module/module_check.hpp"

#include "module/abi.hpp"
#include "tests/module/module_files.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace instar::module_file {
namespace {

using texts = std::vector<std::string>;

/// The verdict on a module that was built, an error on each line.
std::string errors_of(const char* name, const check_policy& policy = {}) {
  const auto read = test::read_module(name);
  REQUIRE(read);
  const auto refused = refuse(check_module(*read, policy), "m.so");
  return refused ? "" : refused.error().message();
}

std::string tag_of(const char* name) {
  const auto read = test::read_module(name);
  REQUIRE(read);
  return refuse(check_module(*read, {}), "m.so").error().tag();
}

/// What a module without fault looks like.
elf_file faultless() {
  elf_file made = test::read_module("good").value();
  made.undefined.clear();
  made.has_thread_locals = false;
  made.init_count = 1;
  return made;
}

std::string errors_of(const elf_file& module, const check_policy& policy = {}) {
  const auto refused = refuse(check_module(module, policy), "m.so");
  return refused ? "" : refused.error().message();
}

}  // namespace

TEST_SUITE("module/module_check") {
  TEST_CASE("a module that instar_add_module builds keeps every rule") {
    CHECK(errors_of("good") == "");
    CHECK(errors_of("doubtful") == "");
    CHECK(errors_of("pinned") == "");
    CHECK(check_module(faultless(), {}).warnings.empty());
  }

  TEST_CASE("a module for another ABI is refused by each key that differs") {
    CHECK(tag_of("wrong_abi") == "wrong_abi");
    check_policy policy;
    policy.abi_hard = "rt=1;stl=libstdc++cxx11=1;san=none;exc=1;rtti=1";
    CHECK(errors_of("wrong_abi", policy) ==
          "m.so: abi_tag: rt (the version of instar's module interface) is "
          "\"0\" in the module but \"1\" here: build the module with the "
          "headers of the runtime that loads it\n"
          "m.so: abi_tag: stl (the standard library) is \"libstdc++cxx11=0\" "
          "in the module but \"libstdc++cxx11=1\" here: build both with one "
          "standard library and the same _GLIBCXX_USE_CXX11_ABI and "
          "_GLIBCXX_DEBUG\n"
          "m.so: abi_tag: san (the sanitizer) is \"msan\" in the module but "
          "\"none\" here: build both with the same INSTAR_SANITIZE");
  }

  TEST_CASE("a file without a note is no module") {
    CHECK(tag_of("no_note") == "no_descriptor");
    CHECK(
        errors_of("no_note") ==
        "m.so: note: it has no instar note, so it is no module: build it with "
        "instar_add_module, and declare the module in one of its sources");
  }

  TEST_CASE("a module is declared once and by a valid name and version") {
    CHECK(errors_of("two_notes") ==
          "m.so: note: it has 2 instar notes: declare the module in one source "
          "only");
    CHECK(
        errors_of("bad_name") ==
        "m.so: note: its name \"Not a name\" is not valid: a module's name is "
        "a small letter followed by letters, digits and _\n"
        "m.so: note: its version \"1 0\" is not valid: a version is at most "
        "64 letters, digits and . _ + ~ -");
  }

  TEST_CASE("a module without its descriptor is refused") {
    CHECK(tag_of("no_descriptor") == "no_descriptor");
    CHECK(errors_of("no_descriptor") ==
          "m.so: descriptor: it does not export instar_module_v1: declare the "
          "module in one of its sources, and link with instar_add_module");
  }

  TEST_CASE("a descriptor of another version is refused") {
    auto module = faultless();
    module.descriptor->version = 3;
    CHECK(errors_of(module) ==
          "m.so: descriptor: its descriptor has version 3, this program reads "
          "2: build the module with the headers of the runtime that loads it");
  }

  TEST_CASE("a symbol besides the descriptor is refused") {
    CHECK(tag_of("exports") == "bad_module");
    CHECK(
        errors_of("exports") ==
        "m.so: exports: it exports _ZN3app5firstEv, _ZN3app6secondEv, which "
        "another version would use in place of its own: link with the version "
        "script of instar_add_module, which exports instar_module_v1 alone");
    auto module = faultless();
    for (const auto* name : {"a", "b", "c", "d", "e", "f", "g"}) {
      module.exports.emplace_back(name);
    }
    CHECK(errors_of(module) ==
          "m.so: exports: it exports a, b, c, d, e and 2 more, which another "
          "version would use in place of its own: link with the version script "
          "of instar_add_module, which exports instar_module_v1 alone");
  }

#ifndef __clang__
  TEST_CASE("a symbol that is unique in the process is refused") {
    CHECK(tag_of("gnu_unique") == "bad_module");
    CHECK(errors_of("gnu_unique") ==
          "m.so: gnu_unique: _ZN3app6shared6numberE is unique in the process "
          "(STB_GNU_UNIQUE), so that all versions share it and none can be "
          "unloaded: compile with -fno-gnu-unique, and link with the version "
          "script of instar_add_module");
    check_policy pinned;
    pinned.pinned = true;
    CHECK(errors_of("gnu_unique", pinned) != "");
  }
#endif

  TEST_CASE("a module that cannot be unloaded is refused unless it is pinned") {
    CHECK(tag_of("nodelete") == "bad_module");
    CHECK(errors_of("nodelete") ==
          "m.so: nodelete: it can never be unloaded (DF_1_NODELETE): link "
          "without -z nodelete, or declare the module as pinned");
    CHECK(errors_of("thread_atexit") ==
          "m.so: thread_atexit: a thread_local variable has a destructor "
          "(__cxa_thread_atexit), so that it stays mapped until each thread "
          "that used it has ended: keep the value in a process's state, make "
          "the variable's type trivial, or declare the module as pinned");
    check_policy pinned;
    pinned.pinned = true;
    CHECK(errors_of("nodelete", pinned) == "");
    CHECK(errors_of("thread_atexit", pinned) == "");
  }

  TEST_CASE("an image that loads badly is refused") {
    CHECK(errors_of("static_tls") ==
          "m.so: static_tls: its thread_local variables need static space "
          "(DF_STATIC_TLS), of which a process has little: compile and link "
          "with -ftls-model=global-dynamic");
    CHECK(errors_of("text_relocations") ==
          "m.so: text_relocations: its code must be written to when it is "
          "loaded (DT_TEXTREL): compile every source and static library of it "
          "with -fPIC");
    CHECK(errors_of("executable_stack") ==
          "m.so: executable_stack: it asks for an executable stack: link with "
          "-z noexecstack, and give assembler sources a .note.GNU-stack "
          "section");
    CHECK(errors_of("build_id") ==
          "m.so: build_id: it has no build id, by which two builds of one "
          "version are told apart: link with --build-id=sha1");
    auto module = faultless();
    module.machine = 1;
    CHECK(refuse(check_module(module, {}), "m.so").error().tag() ==
          "wrong_abi");
  }

  TEST_CASE("a module must not bring libraries along") {
    CHECK(tag_of("runpath") == "bad_dependency");
    CHECK(errors_of("runpath") ==
          "m.so: runpath: it looks for libraries in \"/opt/libraries\" "
          "(DT_RUNPATH), but it is loaded from a copy elsewhere: link without "
          "-rpath (CMake: BUILD_WITH_INSTALL_RPATH with an empty "
          "INSTALL_RPATH)");
    CHECK(tag_of("needed") == "bad_dependency");
    CHECK(
        errors_of("needed") ==
        "m.so: needed: it needs libtest_module_other.so: a process keeps one "
        "copy of a shared library, whatever release wants another, so link it "
        "into the module as a static library");
    check_policy policy;
    policy.allowed_libraries.emplace_back("libtest_module_*");
    CHECK(errors_of("needed", policy) == "");
    policy.allowed_libraries.back() = "libtest_module_";
    CHECK(errors_of("needed", policy) != "");
  }

  TEST_CASE("the runtime and the toolchain's libraries are allowed") {
    auto module = faultless();
    module.needed = {"libinstar_runtime.so",
                     "libinstar_runtime.so.0.1.0",
                     "libstdc++.so.6",
                     "libgcc_s.so.1",
                     "libm.so.6",
                     "libc.so.6",
                     "ld-linux-x86-64.so.2",
                     "libboost_json.so.1.81.0",
                     "libboost_container.so.1.81.0",
                     "libfmt.so.9",
                     "libasan.so.8",
                     "libubsan.so.1",
                     "libtsan.so.2"};
    CHECK(errors_of(module) == "");
    module.needed = {"libstdc++.so.7", "libboost_json.so.1.82.0"};
    CHECK(errors_of(module).starts_with(
        "m.so: needed: it needs libstdc++.so.7, libboost_json.so.1.82.0: "));
  }

  TEST_CASE("every broken rule is reported and the first decides the tag") {
    elf_file nothing;
    nothing.machine = faultless().machine;
    const auto verdict = check_module(nothing, {});
    texts rules;
    for (const auto& error : verdict.errors) {
      rules.push_back(error.rule);
    }
    CHECK(rules == texts{"note", "descriptor", "build_id"});
    CHECK(refuse(verdict, "m.so").error().tag() == "no_descriptor");
  }

  TEST_CASE("what is allowed but doubtful is a warning") {
    auto module = faultless();
    module.has_thread_locals = true;
    module.note->abi_tag =
        "rt=1;stl=libstdc++cxx11=1;san=none;exc=1;rtti=1|cc=gcc9";
    module.init_count = 3;
    module.writable_globals = {"app::counter", "app::names"};
    module.undefined = {"_ZNSt6thread15_M_start_threadESt10unique_ptr", "fork",
                        "signal", "write"};
    CHECK(
        check_module(module, {}).warnings ==
        texts{
            "it was compiled with cc=gcc9, this program with " INSTAR_ABI_SOFT,
            "it has thread_local variables: a process moves between "
            "threads, and no upgrade carries them over",
            "it has static initialisers (in 2 source files), which run when "
            "it is loaded, before its types are checked",
            "it has global variables, which no upgrade carries over as it "
            "does a process's state: app::counter, app::names",
            "it uses std::thread, fork, signal: what outlives a callback "
            "must not point into the module"});
  }

  TEST_CASE("the warnings of a real module are found in its file") {
    const auto read = test::read_module("doubtful");
    REQUIRE(read);
    const auto warnings = check_module(*read, {}).warnings;
    CHECK(warnings.size() >= 3);
    CHECK(warnings.back() ==
          "it uses std::thread, signal: what outlives a callback must not "
          "point into the module");
  }
}

}  // namespace instar::module_file
