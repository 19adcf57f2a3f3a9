#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace {

std::string text_of(const std::string& file) {
  std::ifstream from(INSTAR_SOURCES "/" + file);
  REQUIRE(from);
  return {std::istreambuf_iterator<char>(from), {}};
}

}  // namespace

TEST_SUITE("testing/documented") {
  TEST_CASE("the test in the documentation is the one that runs here") {
    const auto test = text_of("tests/testing/counter_upgrade_test.cpp");
    const auto code = test.substr(test.find("#include"));
    const auto page = text_of("docs/writing-modules.md");
    CHECK(page.find("```cpp\n" + code + "```\n") != std::string::npos);
  }

  TEST_CASE("the state machine in the documentation is one that is tested") {
    const auto module = text_of("tests/runtime/modules/door_lock.cpp");
    const auto code = module.substr(module.find("#include"));
    const auto page = text_of("docs/writing-modules.md");
    CHECK(page.find("```cpp\n" + code + "```\n") != std::string::npos);
  }
}
