#include "runtime/asio_scheduler.hpp"
#include "runtime/packed_pid.hpp"
#include "runtime/thread_slot.hpp"

#include <pthread.h>
#include <time.h>

namespace instar {

/// Under the monitor's mutex; the thread is there and was not joined.
worker_status asio_scheduler::status_of(const worker& one, steady_time at) {
  worker_status found;
  if (one.is_busy.load(std::memory_order_acquire)) {
    found.activity =
        one.is_replaced ? worker_activity::stuck : worker_activity::busy;
  }
  found.turns = one.turns.load(std::memory_order_relaxed);
  found.run_queue =
      one.queue.size() +
      (one.next.load(std::memory_order_relaxed) == nullptr ? 0 : 1);
  found.age = at - one.began;
  if (const auto slot = one.slot.load(); slot != no_slot) {
    found.running = unpack(
        all_thread_slots()[slot].running.load(std::memory_order_acquire));
  }
  // native_handle is not const.
  auto& thread = const_cast<std::thread&>(one.thread);
  clockid_t clock{};
  timespec time{};
  if (::pthread_getcpuclockid(thread.native_handle(), &clock) == 0 &&
      ::clock_gettime(clock, &time) == 0) {
    found.processor_time = std::chrono::seconds(time.tv_sec) +
                           std::chrono::nanoseconds(time.tv_nsec);
  }
  return found;
}

scheduler_status asio_scheduler::status() const {
  scheduler_status found;
  found.wanted_workers = wanted_workers_;
  found.shared_queue = shared_size_.load(std::memory_order_relaxed);
  const std::lock_guard lock(monitor_mutex_);
  // From then on stop() joins them; it has been told under the mutex.
  if (is_stopping_.load())
    return found;
  const auto at = now();
  for (std::size_t i = 0; i < worker_total_.load(); ++i) {
    const auto& one = *workers_[i].load();
    if (!one.has_ended)
      found.workers.push_back(status_of(one, at));
  }
  return found;
}

}  // namespace instar
