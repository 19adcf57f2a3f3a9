#include "tests/module/module_files.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace instar {
namespace {

struct run {
  int exit_code = -1;
  std::string output;
};

/// Runs the program; `output` is what it prints on the streams kept.
run check(const std::string& arguments, const char* streams) {
  const auto command =
      std::string(INSTAR_MODULE_CHECK) + " " + arguments + " " + streams;
  auto* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  run made;
  char buffer[4096];
  while (const auto got = std::fread(buffer, 1, sizeof buffer, pipe)) {
    made.output.append(buffer, got);
  }
  const auto status = ::pclose(pipe);
  made.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return made;
}
constexpr const char* only_stdout = "2>/dev/null";
constexpr const char* only_stderr = "2>&1 >/dev/null";

std::string file(const char* name) {
  return test::module_path(name).string();
}

bool exists(const char* name) {
  real_file_system files;
  return files.kind(path(INSTAR_TEST_APPLICATIONS) / "lib/tiny-1.0_1" / name) !=
         file_kind::missing;
}

}  // namespace

TEST_SUITE("module/check_main") {
  TEST_CASE("a good module is accepted in silence") {
    const auto made = check(file("good"), "2>&1");
    CHECK(made.exit_code == 0);
    CHECK(made.output == "");
  }

  TEST_CASE("warnings go to stderr and do not fail the build") {
    CHECK(check(file("doubtful"), only_stdout).output == "");
    const auto made = check(file("doubtful"), only_stderr);
    CHECK(made.exit_code == 0);
    CHECK(made.output.starts_with(file("doubtful") + ": warning: it "));
  }

  TEST_CASE("each broken rule is a line on stderr and fails the build") {
    CHECK(check(file("no_note"), only_stdout).output == "");
    const auto made =
        check(file("good") + " " + file("no_note") + " " + file("build_id"),
              only_stderr);
    CHECK(made.exit_code == 1);
    CHECK(
        made.output ==
        file("no_note") +
            ": note: it has no instar note, so it is no module: build it with "
            "instar_add_module, and declare the module in one of its "
            "sources\n" +
            file("build_id") +
            ": build_id: it has no build id, by which two builds of one "
            "version are told apart: link with --build-id=sha1\n");
  }

  TEST_CASE("what is no module file fails the build") {
    const auto missing = check("/nowhere/m.so", only_stderr);
    CHECK(missing.exit_code == 1);
    CHECK(missing.output == "open /nowhere/m.so: No such file or directory\n");
    const auto text = check("/etc/passwd", only_stderr);
    CHECK(text.exit_code == 1);
    CHECK(text.output == "/etc/passwd: not an ELF file\n");
  }

  TEST_CASE("options stand for what the module declares") {
    CHECK(check(file("nodelete"), only_stderr).exit_code == 1);
    CHECK(check("--pinned " + file("nodelete"), only_stderr).exit_code == 0);
    CHECK(check(file("needed"), only_stderr).exit_code == 1);
    CHECK(
        check("--allow=libtest_module_other.so " + file("needed"), only_stderr)
            .exit_code == 0);
  }

  TEST_CASE("wrong arguments are not mistaken for a bad module") {
    for (const auto* arguments : {"", "--pinned", "--unknown m.so"}) {
      const auto made = check(arguments, only_stderr);
      CHECK(made.exit_code == 2);
      CHECK(made.output ==
            "usage: instar-module-check [--pinned] [--allow=SONAME]... "
            "FILE...\n");
    }
  }

  TEST_CASE("an application is built as a folder with all that it has") {
    CHECK(exists("app.yaml"));
    CHECK_FALSE(exists("appup.yaml"));
    CHECK(exists("modules/tiny.so"));
    CHECK(exists("priv/text"));
  }
}

}  // namespace instar
