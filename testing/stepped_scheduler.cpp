#include "testing/stepped_scheduler.hpp"

#include "runtime/process.hpp"

#include <algorithm>
#include <stdexcept>

namespace instar::testing {
namespace {

/// Things run without the test getting its hand back; more is a livelock.
constexpr std::uint64_t step_limit = 20'000'000;

}  // namespace

stepped_scheduler::stepped_scheduler(std::optional<std::uint64_t> seed)
    : now_(std::chrono::hours(1)) {
  tick(now_);
  if (seed)
    random_.emplace(*seed);
}

void stepped_scheduler::count_step() {
  if (++steps_ > step_limit)
    throw std::runtime_error("the node never gets idle");
}

bool stepped_scheduler::step() {
  if (is_running_)
    throw std::logic_error("a worker waits for the scheduler");
  const auto choices = queue_.size() + (is_timer_due() ? 1 : 0);
  if (choices == 0)
    return false;
  count_step();
  const auto chosen = random_ ? std::uniform_int_distribution<std::size_t>(
                                    0, choices - 1)(*random_)
                              : (is_timer_due() ? queue_.size() : 0);
  is_running_ = true;
  if (chosen == queue_.size()) {
    due_ = steady_time::max();
    if (on_timer)
      on_timer();
  } else {
    const auto next = std::move(queue_[chosen]);
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(chosen));
    if (next.one != nullptr) {
      next.one->run();
    } else {
      next.job();
    }
  }
  is_running_ = false;
  return true;
}

void stepped_scheduler::set_clock(steady_time to) {
  now_ = to;
  tick(to);
}

void stepped_scheduler::run_until_idle() {
  while (step()) {
  }
}

void stepped_scheduler::advance(duration by) {
  const auto until = now_ + by;
  run_until_idle();
  while (due_ <= until) {
    set_clock(std::max(now_, due_));
    run_until_idle();
  }
  set_clock(until);
  run_until_idle();
}

void stepped_scheduler::enqueue(process& one) {
  queue_.push_back({&one, nullptr});
}

void stepped_scheduler::post(std::function<void()> job) {
  queue_.push_back({nullptr, std::move(job)});
}

bool stepped_scheduler::wait(const std::function<bool()>& done,
                             steady_time deadline) {
  for (;;) {
    // As with threads: nobody looks again who was not told to.
    is_notified_ = false;
    if (done())
      return true;
    while (!is_notified_) {
      if (step())
        continue;
      if (due_ < deadline) {
        set_clock(std::max(now_, due_));
        continue;
      }
      set_clock(std::max(now_, deadline));
      if (!done())
        return false;
      ++missed_notifies_;
      return true;
    }
  }
}

scheduler_status stepped_scheduler::status() const {
  worker_status only;
  only.activity = is_running_ ? worker_activity::busy : worker_activity::idle;
  only.turns = steps_;
  only.run_queue = queue_.size();
  return {1, 0, {only}};
}

void stepped_scheduler::set_timer(steady_time due) {
  due_ = std::min(due_, due);
}

std::chrono::system_clock::time_point stepped_scheduler::date() const {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          now_.time_since_epoch()));
}

}  // namespace instar::testing
