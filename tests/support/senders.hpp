// Threads outside of a node that keep it busy until the test is over.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace instar::test {

/// Threads outside of the node that keep sending until the test is over.
class senders {
public:
  senders(int count, const std::function<void(int sender)>& send) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, send, i] {
        while (!is_over_.load(std::memory_order_relaxed)) {
          send(i);
          std::this_thread::yield();
        }
      });
    }
  }
  void stop() {
    is_over_.store(true);
    for (auto& one : threads_) {
      if (one.joinable())
        one.join();
    }
  }
  ~senders() { stop(); }

private:
  std::atomic<bool> is_over_{false};
  std::vector<std::thread> threads_;
};

}  // namespace instar::test
