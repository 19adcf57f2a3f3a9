// `instar appup check` on manifests that the test writes and modules that
// tests/module builds.
#include "tests/cli/process.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace instar::cli::test {
namespace {

/// Two versions of kv, whose module `importing` imports shard:get and
/// log_writer:write.
class project {
public:
  project() {
    for (const std::string vsn : {"1.0", "1.1"}) {
      write("lib/kv-" + vsn + "/app.yaml", "application: kv\nvsn: \"" + vsn +
                                               "\"\nmodules: [importing, "
                                               "shard]\n");
      module("kv-" + vsn, vsn);
      write("lib/kv-" + vsn + "/modules/shard.so", "shard " + vsn);
    }
    write("lib/log-1/app.yaml",
          "application: log\nvsn: \"1\"\nmodules: [log_writer]\n");
    appup("{load_module: shard}", "{load_module: shard}");
  }

  /// `importing` as it was built for that version, into a folder of lib.
  void module(const std::string& into, const std::string& vsn) {
    const auto bytes = files_.read(
        path(INSTAR_TEST_MODULES) / ("importing-" + vsn) / "importing.so",
        1U << 20U);
    REQUIRE(bytes);
    write("lib/" + into + "/modules/importing.so", *bytes);
  }

  void appup(const std::string& up, const std::string& down) {
    write("lib/kv-1.1/appup.yaml",
          "vsn: \"1.1\"\nup:\n  - from: \"1.0\"\n    instructions: [" + up +
              "]\ndown:\n  - to: \"1.0\"\n    instructions: [" + down + "]\n");
  }

  void write(const std::string& name, std::string_view text) {
    const auto file = folder_.where() / name;
    REQUIRE(files_.make_folders(file.parent_path()));
    REQUIRE(files_.write(file, text));
  }

  std::string file(const std::string& name) const {
    return (folder_.where() / name).string();
  }

  finished check(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"appup", "check", file("lib/kv-1.1"),
                                       "--old", file("lib/kv-1.0")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return instar(arguments);
  }

private:
  release_handler::test::temporary_folder folder_;
  real_file_system files_;
};

constexpr const char* undeclared =
    "importing imports write of log_writer, a module of log, which is not in "
    "applications";

TEST_SUITE("cli/appup_check") {
  TEST_CASE("an appup that fits is right but for what its modules import") {
    project at;
    const auto done = at.check();
    CHECK(done.exit_code == 0);
    CHECK(done.out ==
          "kv 1.1: 1 way up and 1 down for version 1.0 are right, with 1 "
          "warning\n");
    CHECK(done.err ==
          "note: what these modules import cannot be told without a module "
          "file that can be read: shard\n" +
              at.file("lib/kv-1.1/app.yaml") +
              ":3:11: warning[undeclared_dependency]: " + undeclared +
              "\n  modules: [importing, shard]\n            ^\n");
  }

  TEST_CASE("an application that is declared is no warning") {
    project at;
    at.write("lib/kv-1.1/app.yaml",
             "application: kv\nvsn: \"1.1\"\nmodules: [importing, "
             "shard]\napplications: [log]\n");
    const auto done = at.check({"--warnings-as-errors"});
    CHECK(done.exit_code == 0);
    CHECK(done.out ==
          "kv 1.1: 1 way up and 1 down for version 1.0 are right\n");
  }

  TEST_CASE("with --json the answer is one line") {
    project at;
    const auto done = at.check({"--json"});
    CHECK(done.exit_code == 0);
    CHECK(done.err == "");
    CHECK(done.out ==
          std::string(
              R"({"ok":true,"application":"kv","vsn":"1.1","old":"1.0",)") +
              R"("up":1,"down":1,"errors":[],"warnings":[)" +
              R"({"tag":"undeclared_dependency","message":")" + undeclared +
              R"(","file":")" + at.file("lib/kv-1.1/app.yaml") +
              R"(","line":3,"column":11}],"notes":[)" +
              R"("what these modules import cannot be told without a module )" +
              R"(file that can be read: shard"]})" + "\n");
  }

  TEST_CASE("an error has its place and the line") {
    project at;
    at.appup("{load_module: shrd}", "");
    const auto done = at.check();
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err.ends_with(
        at.file("lib/kv-1.1/appup.yaml") +
        ":4:34: error[no_such_module]: the module shrd is not in app.yaml of "
        "kv 1.1 (did you mean \"shard\"?)\n"
        "      instructions: [{load_module: shrd}]\n"
        "                                   ^\n"));
    const auto json = at.check({"--json"});
    CHECK(json.exit_code == 1);
    CHECK(json.out.starts_with(
        R"({"ok":false,"application":"kv","vsn":"1.1","old":"1.0","up":1,)"
        R"("down":1,"error":{"tag":"no_such_module","message":)"));
  }

  TEST_CASE("another source is a change and another version alone is none") {
    project at;
    const auto is_told = [&] {
      return at.check().err.find("[changed_without_instruction]: importing") !=
             std::string::npos;
    };
    CHECK_FALSE(is_told());
    at.module("kv-1.1", "1.2");
    CHECK(is_told());
  }

  TEST_CASE("a warning is an error if that was asked for") {
    project at;
    const auto done = at.check({"--warnings-as-errors", "--json"});
    CHECK(done.exit_code == 1);
    CHECK(done.out.find(R"("error":{"tag":"warnings_treated_as_errors",)") !=
          std::string::npos);
  }

  TEST_CASE("without the older version every entry is checked") {
    project at;
    const auto done =
        instar({"appup", "check", at.file("lib/kv-1.1/appup.yaml")});
    CHECK(done.exit_code == 0);
    CHECK(done.out ==
          "kv 1.1: 1 way up and 1 down are right, with 1 warning\n");
  }

  TEST_CASE("without a file the line is wrong") {
    CHECK(instar({"appup", "check"}).exit_code == 2);
  }
}

}  // namespace
}  // namespace instar::cli::test
