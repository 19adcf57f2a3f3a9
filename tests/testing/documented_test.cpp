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

  TEST_CASE("modules in the documentation are those that are tested") {
    const auto page = text_of("docs/writing-modules.md");
    for (const auto* file : {"door_lock.cpp", "house_sup.cpp", "house.hpp",
                             "audit.cpp", "front_door.cpp"}) {
      CAPTURE(file);
      const auto module = text_of(std::string("tests/runtime/modules/") + file);
      const auto code = module.substr(module.find("#include"));
      CHECK(page.find("```cpp\n" + code + "```\n") != std::string::npos);
    }
  }
}
