// The node's scheduler: workers that are threads of one Boost.Asio io_context.
//
// Each worker runs processes from a ring of its own and steals from the others;
// between turns it polls the io_context, and where there is nothing to run it
// waits there, so that whichever worker is free serves sockets and timers. A
// worker that stays in one handler is replaced by a spare one, up to a limit.
#pragma once

#include "runtime/run_queue.hpp"
#include "runtime/scheduler.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace instar {

class asio_scheduler final : public scheduler {
public:
  /// Spare workers for handlers that do not return; beyond, processes wait.
  static constexpr std::size_t spare_limit = 32;
  /// A worker is stuck when one activation takes longer.
  static constexpr std::chrono::milliseconds stuck_after{50};

  explicit asio_scheduler(std::size_t workers);
  ~asio_scheduler() override;

  boost::asio::io_context& io() { return io_; }
  /// Ends the threads; nothing runs after it. A thread inside a handler that
  /// does not return is waited for.
  void stop();

  void enqueue(process& runnable) override;
  void post(std::function<void()> job) override;
  bool wait(const std::function<bool()>& done, steady_time deadline) override;
  void notify() override;
  void set_timer(steady_time due) override;
  steady_time now() const override;
  std::chrono::system_clock::time_point date() const override;
  std::size_t worker_count() const override { return wanted_workers_; }
  scheduler_status status() const override;

private:
  static constexpr std::size_t no_slot = ~std::size_t{0};
  struct worker {
    run_queue queue;
    /// The process that this worker made runnable last: run next, it is warm.
    std::atomic<process*> next{nullptr};
    /// Changes with every turn; the monitor compares.
    std::atomic<std::uint64_t> turns{0};
    std::atomic<bool> is_busy{false};
    /// The thread's slot, once it runs.
    std::atomic<std::size_t> slot{no_slot};
    steady_time began;         // under monitor_mutex_
    bool is_replaced = false;  // under monitor_mutex_, like the next two
    bool has_ended = false;
    std::uint64_t seen_turns = 0;
    std::thread thread;
  };

  void start_worker();
  void work(worker& self);
  process* find_work(worker& self, bool skip_next);
  process* take_shared();
  process* steal(const worker& self);
  void push_shared(process& runnable);
  void wake_one();
  void monitor();
  static worker_status status_of(const worker& one, steady_time at);

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      guard_;
  boost::asio::steady_timer timer_;
  steady_time timer_due_ = steady_time::max();  // under timer_mutex_
  std::mutex timer_mutex_;

  const std::size_t wanted_workers_;
  std::array<std::atomic<worker*>, spare_limit + 64> workers_{};
  std::atomic<std::size_t> worker_total_{0};
  std::atomic<std::size_t> live_workers_{0};
  std::atomic<std::size_t> parked_{0};
  std::atomic<bool> is_stopping_{false};

  std::mutex shared_mutex_;
  std::deque<process*> shared_;
  std::atomic<std::size_t> shared_size_{0};

  std::mutex wait_mutex_;
  std::condition_variable waiters_;
  std::uint64_t notifications_ = 0;
  std::atomic<std::size_t> waiting_{0};

  mutable std::mutex monitor_mutex_;
  std::condition_variable monitor_wakes_;
  std::thread monitor_thread_;

  static thread_local worker* current_worker_;
  static thread_local asio_scheduler* current_scheduler_;
};

}  // namespace instar
