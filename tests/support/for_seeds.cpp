#include "tests/support/stepped_scheduler.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace instar::test {

void for_seeds(std::uint64_t count,
               const std::function<void(std::uint64_t seed)>& test) {
  const auto run = [&](std::uint64_t seed) {
    INFO("INSTAR_SEED=", seed);
    test(seed);
  };
  if (const char* one = std::getenv("INSTAR_SEED")) {
    run(std::strtoull(one, nullptr, 10));
    return;
  }
  for (std::uint64_t seed = 1; seed <= count; ++seed)
    run(seed);
}

}  // namespace instar::test
