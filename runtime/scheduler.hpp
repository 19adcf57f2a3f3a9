// Who runs what when: the seam between the runtime and its threads.
//
// The node uses threads of Boost.Asio (asio_scheduler); a test steps everything
// on one thread from a seed (testing/stepped_scheduler). Nothing in the
// runtime waits, or learns the time, but through this interface.
#pragma once

#include "base/clock.hpp"
#include "runtime/scheduler_status.hpp"

#include <atomic>
#include <cstddef>
#include <functional>

namespace instar {

class process;

class scheduler {
public:
  virtual ~scheduler() = default;

  /// Has `runnable` run soon, by process::run(). Called once for each time that
  /// a process becomes runnable. Any thread.
  virtual void enqueue(process& runnable) = 0;

  /// Runs `job` on some worker, between activations. Any thread.
  virtual void post(std::function<void()> job) = 0;

  /// Blocks until `done` or the deadline; false at the deadline. `done` is
  /// asked again after each notify(). Not from a worker.
  virtual bool wait(const std::function<bool()>& done,
                    steady_time deadline) = 0;
  /// Has every waiter ask again. Any thread.
  virtual void notify() = 0;

  /// The earliest timer is due at `due`: on_timer is to be called then. Any
  /// thread.
  virtual void set_timer(steady_time due) = 0;
  /// What set_timer leads to; set once, before the first timer.
  std::function<void()> on_timer;

  virtual steady_time now() const = 0;
  /// The time of the last tick, 50 ms ago at most: what a process may note of each
  /// message.
  steady_time rough_now() const {
    return steady_time(
        steady_time::duration(tick_.load(std::memory_order_relaxed)));
  }
  /// In `after`, or never where that is beyond the clock's range.
  steady_time deadline_after(duration after) const {
    const auto at = now();
    return after > steady_time::max() - at ? steady_time::max() : at + after;
  }
  virtual std::chrono::system_clock::time_point date() const = 0;
  /// How many activations may run at once.
  virtual std::size_t worker_count() const = 0;
  /// For its operators. Any thread.
  virtual scheduler_status status() const = 0;

protected:
  void tick(steady_time at) {
    tick_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  }

private:
  std::atomic<steady_time::rep> tick_{0};
};

}  // namespace instar
