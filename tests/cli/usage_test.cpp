// What the command makes of its line, before it does anything.
#include "tests/cli/process.hpp"

#include <doctest/doctest.h>

namespace instar::cli::test {
namespace {

void check_wrong(const std::vector<std::string>& arguments,
                 const std::string& err) {
  const auto done = instar(arguments);
  CHECK(done.exit_code == 2);
  CHECK(done.out == "");
  CHECK(done.err == err);
}

TEST_SUITE("cli/usage") {
  TEST_CASE("a line without a verb is wrong") {
    check_wrong({}, "instar: A subcommand is required\nSee `instar --help`.\n");
    check_wrong({"release"},
                "instar: A subcommand is required\n"
                "See `instar release --help`.\n");
  }

  TEST_CASE("an unknown verb is named with the one that was meant") {
    check_wrong({"stauts"},
                "instar: no verb \"stauts\" (did you mean \"status\"?)\n"
                "See `instar --help`.\n");
    check_wrong({"release", "instal", "1.1"},
                "instar: no verb \"instal\" (did you mean \"install\"?)\n"
                "See `instar release --help`.\n");
    check_wrong({"frobnicate"},
                "instar: no verb \"frobnicate\"\nSee `instar --help`.\n");
  }

  TEST_CASE("wrong arguments are named with the verb that has them") {
    check_wrong({"release", "install"},
                "instar: VSN is required\n"
                "See `instar release install --help`.\n");
    check_wrong({"release", "commit", "../1"},
                "instar: VSN: \"../1\" cannot be a version\n"
                "See `instar release commit --help`.\n");
    check_wrong({"status", "--frob"},
                "instar: The following argument was not expected: --frob\n"
                "See `instar status --help`.\n");
    check_wrong({"call", "counter", "{"},
                "instar: MESSAGE: is no JSON (incomplete JSON): {\n"
                "See `instar call --help`.\n");
  }

  TEST_CASE("a time that is none is wrong") {
    for (const auto* time : {"0", "-1", "soon", "5x", "25h"}) {
      CAPTURE(time);
      CHECK(instar({"release", "install", "1", "--timeout", time}).exit_code ==
            2);
    }
  }

  TEST_CASE("help is data and has an example") {
    const auto done = instar({"release", "install", "--help"});
    CHECK(done.exit_code == 0);
    CHECK(done.err == "");
    CHECK(done.out.find("Example:\n  instar release install 1.1\n") !=
          std::string::npos);
    CHECK(done.out.find("--allow-irreversible") != std::string::npos);
  }

  TEST_CASE("every verb has help") {
    for (const auto* verb :
         {"run", "status", "tree", "ps", "observer", "blockers", "release",
          "sys", "call", "cast", "code", "stop", "relup", "app", "module",
          "version"}) {
      CAPTURE(verb);
      CHECK(instar({verb, "--help"}).exit_code == 0);
    }
  }

  TEST_CASE("the version is said") {
    CHECK(instar({"version"}).out.starts_with("instar 0."));
    const auto json = instar({"version", "--json"});
    CHECK(json.exit_code == 0);
    CHECK(json.out.starts_with("{\"version\":\"0."));
  }

  TEST_CASE("output that cannot be written is no success") {
    process command("/bin/sh", {"-c", program() + " version > /dev/full"});
    const auto done = command.wait();
    CHECK(done.exit_code == 1);
    CHECK(done.err == "instar: writing to stdout failed\n");
  }
}

}  // namespace
}  // namespace instar::cli::test
