// Which conversions are under way, and until when each of them may be: what workers
// note and the thread of the upgrade looks at.
#pragma once

#include "base/clock.hpp"
#include "runtime/pid.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

namespace instar {

class conversion_limits {
public:
  /// Of one job, which converts one process after the other.
  class job {
  public:
    /// The job's worker.
    void begin(pid who, steady_time now, duration limit);
    void end() { who_.store(0, std::memory_order_release); }

  private:
    friend class conversion_limits;
    std::atomic<std::uint64_t> who_{0};  // 0: none
    std::atomic<steady_time::rep> late_at_{0};
    std::atomic<duration::rep> limit_{0};
  };

  /// A wave of conversions begins: the limits of their modules.
  void begin_wave(steady_time now, duration longest, duration shortest);
  /// Lives as long as this. The upgrade's thread.
  job& add_job() { return jobs_.emplace_back(); }
  /// A process has a limit of its own. Any thread.
  void note_own(duration limit);
  /// Whether one has, since the last time: next_look() may be earlier now.
  bool take_new() { return is_new_.exchange(false); }

  /// When something can be late at the earliest. The upgrade's thread.
  steady_time next_look(steady_time now) const;
  /// Which conversions are past their limits, or take longer all together than the
  /// longest limit; empty: none. The upgrade's thread.
  std::string who_is_late(steady_time now) const;

private:
  steady_time began_{};
  std::deque<job> jobs_;
  std::atomic<duration::rep> longest_{0};
  std::atomic<duration::rep> shortest_{0};
  std::atomic<bool> is_new_{false};
};

}  // namespace instar
