// Regular expressions made to harm: each ends soon, with a match or an error.
#include "appup/errc.hpp"
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace instar;

// The release "1" has the application in a version that a regular expression
// has to work hard for.
std::string refused(const std::string& pattern, const std::string& vsn) {
  test::manifests in;
  in.with("old.yaml",
          "release: rel\nvsn: \"1\"\napplications: [a: \"" + vsn + "\"]\n");
  in.with("new.yaml", "release: rel\nvsn: \"2\"\napplications: [a: \"2.0\"]\n");
  in.with("lib/a-" + vsn + "/app.yaml",
          "application: a\nvsn: \"" + vsn + "\"\nmodules: [foo]\n");
  in.with("lib/a-2.0/app.yaml",
          "application: a\nvsn: \"2.0\"\nmodules: [foo]\n");
  in.with("lib/a-2.0/appup.yaml",
          "vsn: \"2.0\"\nup:\n  - from: {regex: '" + pattern +
              "'}\n    instructions: [update: foo]\ndown: []\n");
  appup::make_relup_request request;
  request.files = &in.files();
  request.release = "new.yaml";
  request.up_from = {"old.yaml"};
  request.down_to.emplace();
  request.lib_folders = {"lib"};
  return test::errors_of(appup::make_relup(request));
}

}  // namespace

TEST_SUITE("appup/hostile_regex") {
  TEST_CASE("repetitions of repetitions are given up with advice") {
    const auto vsn = std::string(63, 'a') + "b";
    CHECK(
        refused("(a+)+$", vsn) ==
        R"(lib/a-2.0/appup.yaml:3:11: error[bad_regex]: "(a+)+$" takes too many steps to match "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab": repeat nothing that repeats itself
    - from: {regex: '(a+)+$'}
            ^)");
    for (const auto* pattern :
         {"(a|aa)+c", "(.*)*x", "(.*.*.*.*)*x", "(a*)*(a*)*(a*)*c",
          "(a{0,64}){0,64}c", "(((((((((a*)*)*)*)*)*)*)*)*)*c",
          "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)\\1x", "(a|(?R))*c",
          "(?(DEFINE)(?<q>a|(?&q)))(?&q)"}) {
      CAPTURE(pattern);
      CHECK(refused(pattern, vsn).find("error[bad_regex]: ") !=
            std::string::npos);
    }
  }

  TEST_CASE(
      "a repetition that would need a huge program is compiled as it is") {
    for (const auto* pattern :
         {"((a{1000}){1000}){1000}", "((((a{99}){99}){99}){99}){99}",
          "a{2147483647}", "a{99999999999999999999}", "(?:(?:){65000}){65000}",
          "((){65000}){65000}x", "(?=a){65000}b"}) {
      CAPTURE(pattern);
      CHECK(refused(pattern, std::string(64, 'a')).find("error[no_relup]: ") !=
            std::string::npos);
    }
  }

  TEST_CASE("endless recursion is no regular expression") {
    CHECK(refused("(?R)", "1.0") ==
          "lib/a-2.0/appup.yaml:3:11: error[bad_regex]: \"(?R)\" is no regular "
          "expression: Encountered an infinite recursion.\n"
          "    - from: {regex: '(?R)'}\n"
          "            ^");
  }

  TEST_CASE("a regular expression has a limit") {
    const std::string longest = "1.0|" + std::string(252, 'x');
    CHECK(refused(longest, "1.0").empty());
    CHECK(
        refused(longest + "x", "1.0") ==
        R"(lib/a-2.0/appup.yaml:3:11: error[bad_regex]: the regular expression is longer than 256 characters: write several entries
    - from: {regex: '1.0|)" +
            std::string(137, 'x') + "...\n            ^");
  }
}
