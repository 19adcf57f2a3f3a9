// Counts the uses of a module instance, cheaply: one shard a thread.
//
// A use may begin on one thread and end on another, so single shards may be
// negative; the sum is exact once no new use can begin (no box of the instance
// is left and every thread has passed an activation boundary).
#pragma once

#include "runtime/thread_slot.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace instar {

class use_counter {
public:
  /// Any thread.
  void add(std::int64_t difference) {
    auto& shard = shards_[this_thread_slot()].count;
    if (owns_thread_slot()) {
      shard.store(shard.load(std::memory_order_relaxed) + difference,
                  std::memory_order_release);
    } else {
      shard.fetch_add(difference, std::memory_order_acq_rel);
    }
  }

  std::int64_t sum() const {
    std::int64_t total = 0;
    for (const auto& shard : shards_) {
      total += shard.count.load(std::memory_order_acquire);
    }
    return total;
  }

private:
  struct alignas(64) padded {
    std::atomic<std::int64_t> count{0};
  };
  std::array<padded, thread_slot_limit> shards_;
};

}  // namespace instar
