// What a batch and its conversions share. Private to upgrade.
#pragma once

#include "base/result.hpp"
#include "runtime/conversion_limits.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/transition.hpp"
#include "runtime/upgrade.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace instar {

/// What conversions on workers refer to; a conversion that outlasts its batch
/// keeps it alive.
struct upgrade::shared_state {
  std::atomic<batch_state> state{batch_state::pending};
  std::vector<std::unique_ptr<transition>> transitions;
  std::atomic<std::int64_t> open_jobs{0};
  memory_budget budget;
  conversion_limits limits;

  explicit shared_state(std::size_t limit_bytes) : budget(limit_bytes) {}

  std::mutex mutex;
  failure first_error;
  bool has_failed = false;

  void fail(const failure& why) {
    const std::lock_guard lock(mutex);
    if (!has_failed)
      first_error = why;
    has_failed = true;
  }
  bool failed() {
    const std::lock_guard lock(mutex);
    return has_failed;
  }
};

}  // namespace instar
