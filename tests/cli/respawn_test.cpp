#include "cli/respawn.hpp"

#include <doctest/doctest.h>

namespace instar::cli::test {
namespace {

TEST_SUITE("cli/respawn") {
  TEST_CASE("five crashes in a minute are borne and no sixth") {
    using std::chrono::seconds;
    const std::chrono::steady_clock::time_point start{};
    respawn_limit limit;
    for (int i = 0; i < 5; ++i)
      CHECK(limit.allows(start + seconds(i)));
    CHECK_FALSE(limit.allows(start + seconds(59)));
  }

  TEST_CASE("a crash now and then is borne for ever") {
    using std::chrono::seconds;
    const std::chrono::steady_clock::time_point start{};
    respawn_limit limit;
    for (int i = 0; i < 100; ++i)
      CHECK(limit.allows(start + seconds(12 * i)));
    CHECK_FALSE(limit.allows(start + seconds(12 * 99 + 1)));
  }
}

}  // namespace
}  // namespace instar::cli::test
