// A scheduler that a test steps: one thread, a clock that only the test moves,
// and an order of everything that may run which follows from a seed.
//
// Runnable processes, posted jobs and a due timer are run one at a time, in an
// order drawn from the seed, or strictly first come first served. One thread.
#pragma once

#include "runtime/scheduler.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <vector>

namespace instar::testing {

class stepped_scheduler final : public scheduler {
public:
  /// No seed: first come first served.
  explicit stepped_scheduler(std::optional<std::uint64_t> seed = {});

  // ---- for tests

  /// Runs one thing; false where nothing may run now.
  bool step();
  /// Runs until nothing may run without the clock moving on.
  void run_until_idle();
  /// Moves the clock on, from one due timer to the next, running all that
  /// becomes possible at each.
  void advance(duration by);
  /// How many things have run.
  std::uint64_t steps() const { return steps_; }
  /// How often wait() found its condition true only at its deadline: somebody
  /// forgot to notify, and a real node would have slept.
  std::uint64_t missed_notifies() const { return missed_notifies_; }

  // ---- scheduler
  void enqueue(process& one) override;
  void post(std::function<void()> job) override;
  bool wait(const std::function<bool()>& done, steady_time deadline) override;
  void notify() override { is_notified_ = true; }
  void set_timer(steady_time due) override;
  steady_time now() const override { return now_; }
  std::chrono::system_clock::time_point date() const override;
  std::size_t worker_count() const override { return 2; }
  /// One worker, and what may run in its queue.
  scheduler_status status() const override;

private:
  /// A process, or a job.
  struct runnable {
    process* one = nullptr;
    std::function<void()> job;
  };
  bool is_timer_due() const { return due_ <= now_; }
  void count_step();

  std::vector<runnable> queue_;
  std::optional<std::mt19937_64> random_;
  void set_clock(steady_time to);

  steady_time now_;
  steady_time due_ = steady_time::max();
  std::uint64_t steps_ = 0;
  std::uint64_t missed_notifies_ = 0;
  bool is_notified_ = false;
  bool is_running_ = false;
};

}  // namespace instar::testing
