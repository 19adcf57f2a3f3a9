// `instar relup make` on manifests that the test writes.
#include "tests/cli/process.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

namespace instar::cli::test {
namespace {

/// Releases 1 and 2 of one application, which goes from 1.0 to 2.0.
class project {
public:
  project() {
    write("1/release.yaml",
          "release: rel\nvsn: \"1\"\napplications: [kv: \"1.0\"]\n");
    write("2/release.yaml",
          "release: rel\nvsn: \"2\"\napplications: [kv: \"2.0\"]\n");
    write("lib/kv-1.0/app.yaml",
          "application: kv\nvsn: \"1.0\"\nmodules: [shard, conn]\n");
    write("lib/kv-2.0/app.yaml",
          "application: kv\nvsn: \"2.0\"\nmodules: [shard, conn]\n");
    appup("- load_module: conn");
  }

  /// The up instructions, a line each.
  void appup(const std::string& up, const std::string& down = "[]") {
    write("lib/kv-2.0/appup.yaml",
          "vsn: \"2.0\"\nup:\n- from: \"1.0\"\n  instructions:\n  " + up +
              "\ndown:\n- to: \"1.0\"\n  instructions: " + down + "\n");
  }

  void write(const std::string& name, std::string_view text) {
    const auto file = folder_.where() / name;
    REQUIRE(files_.make_folders(file.parent_path()));
    REQUIRE(files_.write(file, text));
  }

  std::string file(const std::string& name) const {
    return (folder_.where() / name).string();
  }

  finished make(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{
        "relup",  "make",    "--release", file("2/release.yaml"),
        "--from", file("1"), "--path",    file("lib")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return instar(arguments);
  }

  std::string read(const std::string& name) {
    return files_.read(folder_.where() / name, 1U << 20U).value();
  }

private:
  release_handler::test::temporary_folder folder_;
  real_file_system files_;
};

constexpr const char* low_level_up =
    R"([{"load_object_code":{"lib":"kv","vsn":"2.0","modules":["conn"]}},)"
    R"("point_of_no_return",)"
    R"({"load":{"module":"conn","pre_purge":"brutal_purge",)"
    R"("post_purge":"brutal_purge"}}])";

TEST_SUITE("cli/relup_make") {
  TEST_CASE("a relup is printed as YAML") {
    project at;
    const auto done = at.make();
    CHECK(done.exit_code == 0);
    CHECK(done.err == "");
    CHECK(done.out.find("point_of_no_return") != std::string::npos);
  }

  TEST_CASE("a relup is written to a file") {
    project at;
    const auto printed = at.make().out;
    const auto done = at.make({"--output", at.file("2/relup.yaml")});
    CHECK(done.exit_code == 0);
    CHECK(done.out == "");
    CHECK(at.read("2/relup.yaml") == printed);
  }

  TEST_CASE("with --json the relup is one line") {
    project at;
    const auto done = at.make({"--json"});
    CHECK(done.exit_code == 0);
    CHECK(done.out ==
          std::string(R"({"ok":true,"vsn":"2","up":[{"from":"1","script":)") +
              low_level_up +
              R"(}],"down":[{"to":"1","script":["point_of_no_return"]}],)"
              "\"warnings\":[]}\n");
  }

  TEST_CASE("an error has its place and the line") {
    project at;
    at.appup("- lod_module: conn");
    const auto done = at.make();
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err ==
          at.file("lib/kv-2.0/appup.yaml") +
              ":5:5: error[bad_instruction]: there is no instruction "
              "\"lod_module\" (did you mean \"load_module\"?)\n"
              "    - lod_module: conn\n"
              "      ^\n");
  }

  TEST_CASE("with --json an error has its tag and place") {
    project at;
    at.appup("- load_module: gone");
    const auto done = at.make({"--json"});
    CHECK(done.exit_code == 1);
    CHECK(done.err == "");
    CHECK(done.out.starts_with(
        R"({"ok":false,"error":{"tag":"no_such_module","message":")"));
    CHECK(done.out.find("\"file\":\"" + at.file("lib/kv-2.0/appup.yaml") +
                        "\",\"line\":5,\"column\":") != std::string::npos);
  }

  TEST_CASE("a syntax error has its place") {
    project at;
    at.write("lib/kv-2.0/appup.yaml", "vsn: \"2.0\"\nup: [\ndown: x\n");
    const auto done = at.make();
    CHECK(done.exit_code == 1);
    CHECK(done.err.starts_with(at.file("lib/kv-2.0/appup.yaml") + ":"));
    CHECK(done.err.find("error[") != std::string::npos);
  }

  TEST_CASE("a release that is not there is named") {
    project at;
    const auto done =
        instar({"relup", "make", "--release", at.file("9/release.yaml"),
                "--from", at.file("1"), "--path", at.file("lib")});
    CHECK(done.exit_code == 1);
    CHECK(done.err.find(at.file("9/release.yaml")) != std::string::npos);
  }

  TEST_CASE("warnings are on stderr and errors if asked for") {
    project at;
    // What OTP leaves unchecked.
    at.appup("- code_change: {mode: up, modules: [{module: shard, extra: 1}]}");
    const auto warned = at.make();
    CHECK(warned.exit_code == 0);
    CHECK(warned.err.find("warning[code_change_not_suspended]") !=
          std::string::npos);
    const auto json = at.make({"--json"});
    CHECK(json.err == "");
    CHECK(
        json.out.find("\"warnings\":[{\"tag\":\"code_change_not_suspended\"") !=
        std::string::npos);
    const auto refused =
        at.make({"--warnings-as-errors", "--output", at.file("relup.yaml")});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("error[warnings_treated_as_errors]") !=
          std::string::npos);
    CHECK_FALSE(instar({"module", "info", at.file("relup.yaml")}).exit_code ==
                0);
  }

  TEST_CASE("several releases and folders may be given") {
    project at;
    at.write("0/release.yaml",
             "release: rel\nvsn: \"0\"\napplications: [kv: \"1.0\"]\n");
    at.write("more/x", "");
    const auto done = at.make({"--from", at.file("0/release.yaml"), "--path",
                               at.file("more"), "--json"});
    CHECK(done.exit_code == 0);
    CHECK(done.out.find(R"({"from":"0",)") != std::string::npos);
    CHECK(done.out.find(R"({"from":"1",)") != std::string::npos);
  }

  TEST_CASE("--explain says why as comments and as JSON") {
    project at;
    const auto yaml = at.make({"--explain"});
    CHECK(yaml.exit_code == 0);
    CHECK(yaml.out.find("      # " + at.file("lib/kv-2.0/appup.yaml") +
                        ":5: load_module conn\n"
                        "      #   why: the new code becomes current [loads]\n"
                        "      #   here: going up a module is loaded before "
                        "those that depend on it [block_loads_up]\n"
                        "      - load: ") != std::string::npos);
    const auto json = at.make({"--explain", "--json"});
    CHECK(json.exit_code == 0);
    CHECK(json.out.find(
              R"("explained":[{"why":"reads_object_code","why_text":)") !=
          std::string::npos);
    CHECK(json.out.find(R"("origins":[{"written":"load_module conn","file":")" +
                        at.file("lib/kv-2.0/appup.yaml") +
                        R"(","line":5,"column":5}],"block":[]})") !=
          std::string::npos);
  }

  TEST_CASE("--chain goes through another release") {
    project at;
    at.write("0/release.yaml",
             "release: rel\nvsn: \"0\"\napplications: [kv: \"0.9\"]\n");
    at.write("lib/kv-0.9/app.yaml",
             "application: kv\nvsn: \"0.9\"\nmodules: [shard, conn]\n");
    at.write("lib/kv-1.0/appup.yaml",
             "vsn: \"1.0\"\nup: [{from: \"0.9\", instructions: []}]\n"
             "down: [{to: \"0.9\", instructions: []}]\n");
    const auto missing = at.make({"--from", at.file("0")});
    CHECK(missing.exit_code == 1);
    CHECK(missing.err.find("error[no_relup]") != std::string::npos);
    const auto done = at.make({"--from", at.file("0"), "--chain", "--json"});
    CHECK(done.exit_code == 0);
    CHECK(done.out.find(R"({"from":"0","via":["1"]})") != std::string::npos);
    CHECK(done.out.find(R"({"to":"0","via":["1"]})") != std::string::npos);
  }

  TEST_CASE("without a release to come from the line is wrong") {
    project at;
    CHECK(instar({"relup", "make", "--release", at.file("2"), "--path",
                  at.file("lib")})
              .exit_code == 2);
  }
}

}  // namespace
}  // namespace instar::cli::test
