#include "base/names.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar {

TEST_SUITE("base/names") {
  TEST_CASE("a name is a small letter and then letters digits and _") {
    for (const auto* name : {"a", "kv", "kv_store", "counter2", "aBC", "a_"}) {
      CAPTURE(name);
      CHECK(is_valid_name(name));
    }
    for (const auto* name :
         {"", "A", "2a", "_a", "a-b", "a.b", "a/b", "..", "a b", "\xc3\xa4"}) {
      CAPTURE(name);
      CHECK_FALSE(is_valid_name(name));
    }
  }

  TEST_CASE("a name has at most 255 characters") {
    CHECK(is_valid_name(std::string(255, 'a')));
    CHECK_FALSE(is_valid_name(std::string(256, 'a')));
  }

  TEST_CASE("a version is opaque but can be part of a path") {
    for (const auto* vsn : {"1", "1.0.0", "2024-01-01", "R15B_03+x~rc1", "a"}) {
      CAPTURE(vsn);
      CHECK(is_valid_vsn(vsn));
    }
    for (const auto* vsn :
         {"", ".", "..", ".1", "-1", "~1", "1/2", "1 0", "1\n", "1:2"}) {
      CAPTURE(vsn);
      CHECK_FALSE(is_valid_vsn(vsn));
    }
  }

  TEST_CASE("a version has at most 64 characters") {
    CHECK(is_valid_vsn(std::string(64, '1')));
    CHECK_FALSE(is_valid_vsn(std::string(65, '1')));
  }

  TEST_CASE("a zero byte is in no name and in no version") {
    CHECK_FALSE(is_valid_name(std::string_view("a\0b", 3)));
    CHECK_FALSE(is_valid_vsn(std::string_view("1\0b", 3)));
  }
}

}  // namespace instar
