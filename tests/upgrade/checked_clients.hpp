// Clients of the kv example that know what they were told: every counter and
// every key that the store has acknowledged is asked for again.
#pragma once

#include "tests/upgrade/resp_client.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace instar::testing {

/// Each has one connection and one thread from the beginning to the end, a
/// counter that it increments, and keys that it sets and reads. Who hears
/// anything but what it expects notes that and stops.
class checked_clients {
public:
  static constexpr std::size_t keys_of_each = 200;

  checked_clients(std::uint16_t port, std::size_t count);
  ~checked_clients();
  checked_clients(const checked_clients&) = delete;
  checked_clients& operator=(const checked_clients&) = delete;

  /// Waits until each has gone round `rounds` more times, or has complained.
  void wait_for(std::int64_t rounds);
  void stop();

  /// What was answered wrongly, and which connections were closed.
  std::vector<std::string> complaints();
  std::int64_t acknowledged() const;
  /// That any of them has waited for an answer.
  std::chrono::microseconds longest_wait() const;
  /// After stop(): what of all that was acknowledged is not there.
  std::vector<std::string> missing(resp_client& from) const;

private:
  struct one {
    std::string name;
    std::atomic<std::int64_t> rounds{0};
    std::atomic<bool> has_ended{false};
    std::vector<std::string> values = std::vector<std::string>(keys_of_each);
    std::chrono::microseconds longest{0};
    std::thread thread;
  };

  void run(one& of, std::uint16_t port);
  void expect(one& of, resp_client& client,
              const std::vector<std::string>& words,
              const std::string& wanted) const;
  static std::string key(const one& of, std::size_t index);

  std::atomic<bool> is_stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::vector<std::unique_ptr<one>> clients_;
};

}  // namespace instar::testing
