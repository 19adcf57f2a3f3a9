#include "module/same_code.hpp"

#include "module/elf_file.hpp"
#include "tests/module/module_files.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar::module_file {
namespace {

std::string importing(std::string_view vsn) {
  real_file_system files;
  return files.read(test::module_path("importing", vsn), most_file_bytes)
      .value();
}

}  // namespace

TEST_SUITE("module/same_code") {
  TEST_CASE("one source in two versions is the same code") {
    const auto older = importing("1.0");
    const auto newer = importing("1.1");
    CHECK(older != newer);
    CHECK(is_same_code(older, older));
    CHECK(is_same_code(older, newer));
    CHECK(is_same_code(newer, older));
  }

  TEST_CASE("another source is not the same code") {
    CHECK_FALSE(is_same_code(importing("1.0"), importing("1.2")));
  }

  TEST_CASE("versions of different lengths cannot be told to be the same") {
    CHECK_FALSE(is_same_code(importing("1.1"), importing("1.10")));
  }

  TEST_CASE("what the process would not map makes no difference") {
    const auto bytes = importing("1.0");
    CHECK(is_same_code(bytes, bytes + "more"));
    auto changed = bytes;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    CHECK(is_same_code(bytes, changed));
  }

  TEST_CASE("bytes that are no module are the same only if they are equal") {
    CHECK(is_same_code("a text", "a text"));
    CHECK_FALSE(is_same_code("a text", "b text"));
    CHECK_FALSE(is_same_code("", importing("1.0")));
  }
}

}  // namespace instar::module_file
