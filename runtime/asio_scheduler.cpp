#include "runtime/asio_scheduler.hpp"

#include "runtime/process.hpp"
#include "runtime/thread_slot.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace instar {
namespace {

/// Activations between two looks at the sockets, and at the shared queue.
constexpr int poll_interval = 31;
/// A warm process may go before the queue this often in a row.
constexpr int next_limit = 16;
/// Where others are busy, an idle worker looks for work to steal this often.
constexpr std::chrono::milliseconds steal_interval{1};

}  // namespace

thread_local asio_scheduler::worker* asio_scheduler::current_worker_ = nullptr;
thread_local asio_scheduler* asio_scheduler::current_scheduler_ = nullptr;

asio_scheduler::asio_scheduler(std::size_t workers)
    : guard_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      wanted_workers_(std::clamp<std::size_t>(workers, 1, 64)) {
  tick(now());
  for (std::size_t i = 0; i < wanted_workers_; ++i)
    start_worker();
  monitor_thread_ = std::thread([this] { monitor(); });
}

asio_scheduler::~asio_scheduler() {
  stop();
  for (auto& slot : workers_)
    delete slot.load();
}

void asio_scheduler::stop() {
  if (is_stopping_.exchange(true))
    return;
  {
    const std::lock_guard lock(monitor_mutex_);
    monitor_wakes_.notify_all();
  }
  monitor_thread_.join();
  guard_.reset();
  io_.stop();
  for (std::size_t i = 0; i < worker_total_.load(); ++i) {
    auto* one = workers_[i].load();
    if (one->thread.joinable())
      one->thread.join();
  }
}

/// Under the monitor's mutex, or before there are threads. The place of a
/// worker that has ended is used again.
void asio_scheduler::start_worker() {
  const auto total = worker_total_.load();
  worker* made = nullptr;
  for (std::size_t i = 0; i < total && made == nullptr; ++i) {
    auto* one = workers_[i].load();
    if (one->has_ended)
      made = one;
  }
  if (made != nullptr) {
    made->thread.join();
    made->has_ended = made->is_replaced = false;
  } else {
    made = new worker();
    workers_[total].store(made);
    worker_total_.store(total + 1);
  }
  live_workers_.fetch_add(1);
  made->began = now();
  made->slot.store(no_slot);
  made->thread = std::thread([this, made] { work(*made); });
}

// ---- putting work in
// ----------------------------------------------------------------

void asio_scheduler::enqueue(process& runnable) {
  if (current_scheduler_ == this && current_worker_ != nullptr) {
    auto& self = *current_worker_;
    // The newest goes next, the one before it to the queue.
    auto* before = self.next.exchange(&runnable, std::memory_order_acq_rel);
    if (before != nullptr && !self.queue.push(before))
      push_shared(*before);
    // This worker will come to it; another is woken only to share the work.
    if (before != nullptr && parked_.load(std::memory_order_relaxed) > 0) {
      wake_one();
    }
    return;
  }
  push_shared(runnable);
  wake_one();
}

void asio_scheduler::push_shared(process& runnable) {
  const std::lock_guard lock(shared_mutex_);
  shared_.push_back(&runnable);
  shared_size_.store(shared_.size(), std::memory_order_seq_cst);
}

void asio_scheduler::wake_one() {
  if (parked_.load(std::memory_order_seq_cst) > 0) {
    boost::asio::post(io_, [] {});
  }
}

void asio_scheduler::post(std::function<void()> job) {
  boost::asio::post(io_, std::move(job));
}

// ---- a worker
// -------------------------------------------------------------------------

process* asio_scheduler::take_shared() {
  if (shared_size_.load(std::memory_order_seq_cst) == 0)
    return nullptr;
  const std::lock_guard lock(shared_mutex_);
  if (shared_.empty())
    return nullptr;
  auto* found = shared_.front();
  shared_.pop_front();
  shared_size_.store(shared_.size(), std::memory_order_seq_cst);
  return found;
}

process* asio_scheduler::steal(const worker& self) {
  const auto total = worker_total_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < total; ++i) {
    auto* other = workers_[i].load(std::memory_order_acquire);
    if (other == &self)
      continue;
    if (auto* found = other->queue.pop())
      return found;
  }
  // What a worker keeps for itself only where it has not come to it for long.
  for (std::size_t i = 0; i < total; ++i) {
    auto* other = workers_[i].load(std::memory_order_acquire);
    if (other == &self ||
        other->next.load(std::memory_order_relaxed) == nullptr)
      continue;
    if (auto* found =
            other->next.exchange(nullptr, std::memory_order_acq_rel)) {
      return found;
    }
  }
  return nullptr;
}

process* asio_scheduler::find_work(worker& self, bool skip_next) {
  if (!skip_next) {
    if (auto* found = self.next.exchange(nullptr, std::memory_order_acq_rel)) {
      return found;
    }
  }
  if (auto* found = self.queue.pop())
    return found;
  if (auto* found = take_shared())
    return found;
  if (auto* found = self.next.exchange(nullptr, std::memory_order_acq_rel)) {
    return found;
  }
  return nullptr;
}

void asio_scheduler::work(worker& self) {
  current_worker_ = &self;
  current_scheduler_ = this;
  self.slot.store(this_thread_slot());
  int activations = 0;
  int next_in_a_row = 0;
  while (!is_stopping_.load(std::memory_order_acquire)) {
    if (++activations % poll_interval == 0) {
      io_.poll_one();
      if (auto* waiting = take_shared()) {
        if (!self.queue.push(waiting))
          push_shared(*waiting);
      }
    }
    const bool had_next = self.next.load(std::memory_order_relaxed) != nullptr;
    const bool skip_next = had_next && ++next_in_a_row > next_limit;
    if (!had_next || skip_next)
      next_in_a_row = 0;
    if (auto* runnable = find_work(self, skip_next)) {
      self.is_busy.store(true, std::memory_order_release);
      self.turns.fetch_add(1, std::memory_order_release);
      runnable->run();
      self.is_busy.store(false, std::memory_order_release);
      continue;
    }
    if (io_.poll_one() > 0)
      continue;
    {
      const std::lock_guard lock(monitor_mutex_);
      if (self.is_replaced) {
        // It was stuck and came back: the spare one took its place.
        self.has_ended = true;
        live_workers_.fetch_sub(1);
        return;
      }
    }
    // Who puts work into the shared queue looks at `parked_` afterwards; this
    // looks at the queue after it has announced itself.
    parked_.fetch_add(1, std::memory_order_seq_cst);
    auto* found = take_shared();
    if (found == nullptr)
      found = steal(self);
    if (found == nullptr) {
      const bool others_busy = parked_.load(std::memory_order_seq_cst) <
                               live_workers_.load(std::memory_order_seq_cst);
      if (others_busy) {
        io_.run_one_for(steal_interval);
      } else {
        io_.run_one();
      }
    }
    parked_.fetch_sub(1, std::memory_order_seq_cst);
    if (found != nullptr) {
      self.is_busy.store(true, std::memory_order_release);
      self.turns.fetch_add(1, std::memory_order_release);
      found->run();
      self.is_busy.store(false, std::memory_order_release);
    }
  }
}

/// Replaces workers that stay in one activation while there is work for others.
void asio_scheduler::monitor() {
  std::unique_lock lock(monitor_mutex_);
  while (!is_stopping_.load(std::memory_order_acquire)) {
    monitor_wakes_.wait_for(lock, stuck_after);
    tick(now());
    const auto total = worker_total_.load();
    std::size_t stuck = 0;
    for (std::size_t i = 0; i < total; ++i) {
      auto& one = *workers_[i].load();
      if (one.is_replaced || one.has_ended)
        continue;
      const auto turns = one.turns.load(std::memory_order_acquire);
      const bool is_stuck = one.is_busy.load(std::memory_order_acquire) &&
                            turns == one.seen_turns;
      one.seen_turns = turns;
      if (is_stuck) {
        one.is_replaced = true;
        ++stuck;
      }
    }
    for (; stuck > 0; --stuck) {
      if (live_workers_.load() >= wanted_workers_ + spare_limit)
        break;
      start_worker();
    }
  }
}

// ---- waiting and time
// --------------------------------------------------------------------

bool asio_scheduler::wait(const std::function<bool()>& done,
                          steady_time deadline) {
  waiting_.fetch_add(1, std::memory_order_seq_cst);
  struct leaver {
    std::atomic<std::size_t>& waiting;
    ~leaver() { waiting.fetch_sub(1, std::memory_order_seq_cst); }
  } leaving{waiting_};
  std::unique_lock lock(wait_mutex_);
  for (;;) {
    const auto seen = notifications_;
    lock.unlock();
    if (done())
      return true;
    lock.lock();
    if (notifications_ != seen)
      continue;
    if (now() >= deadline)
      return false;
    // A deadline far away would overflow the clock's arithmetic.
    const auto until = std::min(deadline, now() + std::chrono::hours(1));
    waiters_.wait_until(lock, until, [&] { return notifications_ != seen; });
  }
}

void asio_scheduler::notify() {
  // A read-modify-write: what the caller changed before is visible to a waiter
  // that announces itself after it.
  if (waiting_.fetch_add(0, std::memory_order_seq_cst) == 0)
    return;
  {
    const std::lock_guard lock(wait_mutex_);
    ++notifications_;
  }
  waiters_.notify_all();
}

void asio_scheduler::set_timer(steady_time due) {
  const std::lock_guard lock(timer_mutex_);
  // Also one that is overdue stays: to set the timer anew would cancel it.
  if (due >= timer_due_)
    return;
  timer_due_ = due;
  timer_.expires_at(due);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error)
      return;  // set anew
    {
      const std::lock_guard fired(timer_mutex_);
      timer_due_ = steady_time::max();
    }
    if (on_timer)
      on_timer();
  });
}

steady_time asio_scheduler::now() const {
  return std::chrono::steady_clock::now();
}

std::chrono::system_clock::time_point asio_scheduler::date() const {
  return std::chrono::system_clock::now();
}

}  // namespace instar
