// A lock of one byte, for what is almost never contended.
#pragma once

#include <atomic>

namespace instar {

/// A lock as std::mutex is one. Any thread; held for a few instructions.
class small_lock {
public:
  void lock() noexcept {
    while (flag_.test_and_set(std::memory_order_acquire))
      flag_.wait(true, std::memory_order_relaxed);
  }
  void unlock() noexcept {
    flag_.clear(std::memory_order_release);
    flag_.notify_one();
  }

private:
  std::atomic_flag flag_;
};

}  // namespace instar
