#include "runtime/conversion_limits.hpp"

#include "runtime/packed_pid.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {

void conversion_limits::job::begin(pid who, steady_time now, duration limit) {
  limit_.store(limit.count(), std::memory_order_relaxed);
  late_at_.store((now + limit).time_since_epoch().count(),
                 std::memory_order_relaxed);
  who_.store(pack(who), std::memory_order_release);
}

void conversion_limits::begin_wave(steady_time now, duration longest,
                                   duration shortest) {
  began_ = now;
  longest_.store(longest.count());
  shortest_.store(shortest.count());
}

void conversion_limits::note_own(duration limit) {
  const auto count = limit.count();
  for (auto now = longest_.load();
       now < count && !longest_.compare_exchange_weak(now, count);) {
  }
  for (auto now = shortest_.load();
       now > count && !shortest_.compare_exchange_weak(now, count);) {
  }
  is_new_.store(true);
}

steady_time conversion_limits::next_look(steady_time now) const {
  auto next = std::min(began_ + duration(longest_.load()),
                       now + duration(shortest_.load()));
  for (const auto& one : jobs_) {
    if (one.who_.load(std::memory_order_acquire) != 0)
      next = std::min(next, steady_time(duration(one.late_at_.load())));
  }
  return next;
}

std::string conversion_limits::who_is_late(steady_time now) const {
  const duration longest(longest_.load());
  const bool are_all_late = now >= began_ + longest;
  duration limit = are_all_late ? longest : duration{};
  std::string who;
  for (const auto& one : jobs_) {
    const auto packed = one.who_.load(std::memory_order_acquire);
    const bool is_late = now >= steady_time(duration(one.late_at_.load()));
    if (packed == 0 || !(is_late || are_all_late))
      continue;
    who += (who.empty() ? "" : ", ") + to_string(unpack(packed));
    if (!are_all_late)
      limit = std::max(limit, duration(one.limit_.load()));
  }
  if (who.empty() && !are_all_late)
    return {};
  return fmt::format(
      "the code_change of {} did not return within {} ms",
      who.empty() ? "a process" : who,
      std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
}

}  // namespace instar
