// The scheduler that a test steps (testing/stepped_scheduler.hpp), and tests with
// many seeds. A test that fails prints its seed: INSTAR_SEED=N runs that one
// alone.
#pragma once

#include "testing/stepped_scheduler.hpp"

#include <cstdint>
#include <functional>

namespace instar::test {

using testing::stepped_scheduler;

/// Runs `test` with `count` seeds, one after the other; the seed is shown with a
/// failure. With INSTAR_SEED in the environment it runs that one alone.
void for_seeds(std::uint64_t count,
               const std::function<void(std::uint64_t seed)>& test);

}  // namespace instar::test
