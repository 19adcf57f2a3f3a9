// A worker's run queue: the owner puts and takes at the ends of a ring, others
// may steal, so that a worker that is stuck in a handler holds up nobody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace instar {

class process;

class run_queue {
public:
  static constexpr std::size_t capacity = 1024;

  /// False where it is full. The owner only.
  bool push(process* p) {
    const auto tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) >= capacity)
      return false;
    ring_[tail % capacity].store(p, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  /// The oldest one; null where it is empty. Any thread.
  process* pop() {
    auto head = head_.load(std::memory_order_acquire);
    for (;;) {
      if (head == tail_.load(std::memory_order_acquire))
        return nullptr;
      // The slot cannot be written again before `head_` has moved on.
      auto* p = ring_[head % capacity].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return p;
      }
    }
  }

  /// How many there were a moment ago. Any thread.
  std::size_t size() const {
    const auto head = head_.load(std::memory_order_acquire);
    const auto tail = tail_.load(std::memory_order_acquire);
    return tail > head ? tail - head : 0;
  }

  bool empty() const {
    return head_.load(std::memory_order_acquire) ==
           tail_.load(std::memory_order_acquire);
  }

private:
  std::array<std::atomic<process*>, capacity> ring_{};
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace instar
