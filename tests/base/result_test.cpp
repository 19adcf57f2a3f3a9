#include "base/result.hpp"

#include "base/error_category.hpp"
#include "tests/support/result.hpp"

#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace instar {
namespace {

enum class errc { none, no_such_thing };

const char* name_of(int value) {
  return value == static_cast<int>(errc::no_such_thing) ? "no_such_thing"
                                                        : "none";
}

boost::system::error_code make_error_code(errc e) {
  static const tag_category category("test", name_of);
  return {static_cast<int>(e), category};
}

result<int> half(int number) {
  if (number % 2 != 0) {
    return failure(make_error_code(errc::no_such_thing),
                   std::to_string(number) + " has no half");
  }
  return number / 2;
}

result<> halves_well(int number) {
  INSTAR_TRY(half(number));
  return {};
}

result<std::string> quarter(int number) {
  INSTAR_TRY_ASSIGN(const int once, half(number));
  INSTAR_TRY_ASSIGN(const int twice, half(once));
  return std::to_string(twice);
}

result<std::unique_ptr<int>> boxed(int number) {
  INSTAR_TRY_ASSIGN(auto box, [&]() -> result<std::unique_ptr<int>> {
    return std::make_unique<int>(number);
  }());
  return box;
}

}  // namespace

TEST_SUITE("base/result") {
  TEST_CASE("a result holds a value or the reason why there is none") {
    CHECK(half(4).value() == 2);
    const auto none = half(3);
    REQUIRE_FALSE(none);
    CHECK(none.error().tag() == "no_such_thing");
    CHECK(none.error().message() == "3 has no half");
  }

  TEST_CASE("a failure without context is shown by its tag") {
    const failure why(make_error_code(errc::no_such_thing));
    CHECK(why.message() == "no_such_thing");
    CHECK(std::string(why.code.category().name()) == "test");
  }

  TEST_CASE("INSTAR_TRY leaves the function with the same failure") {
    CHECK(halves_well(2));
    CHECK(halves_well(5).error().message() == "5 has no half");
  }

  TEST_CASE("INSTAR_TRY_ASSIGN declares the value and passes failures on") {
    CHECK(quarter(8).value() == "2");
    CHECK(quarter(6).error().message() == "3 has no half");
    CHECK(quarter(7).error().message() == "7 has no half");
  }

  TEST_CASE("a value that can only be moved passes through") {
    CHECK(**boxed(3) == 3);
  }

  TEST_CASE("value of a failed result throws the text for people") {
    CHECK_THROWS_WITH_AS(half(1).value(), "1 has no half", std::runtime_error);
  }
}

}  // namespace instar
