// Which processes crashed lately, and which supervisors gave up: what a release on
// probation is judged by.
#pragma once

#include "base/clock.hpp"
#include "runtime/pid.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace instar {

struct crash_entry {
  enum class kind {
    process,     ///< it ended by an error
    handler,     ///< an event handler crashed and was removed; its module
    supervisor,  ///< it gave up: more restarts than its intensity allows
  };
  kind what = kind::process;
  pid process;
  /// Its registered name; empty: none.
  std::string name;
  std::string module;
  /// The exit reason's text.
  std::string why;
  steady_time at;
};
/// `0.12.0 kv_shard_3 (kv_shard): error: no such key`
std::string to_string(const crash_entry& one);

/// Any thread.
class crash_log {
public:
  /// Older ones are forgotten.
  static constexpr std::size_t limit = 4096;

  void note(crash_entry one);
  /// Since `from`, before `to`; of these modules, or of all where the set is empty.
  /// A supervisor that gave up is of any module.
  std::vector<crash_entry> between(steady_time from, steady_time to,
                                   const std::set<std::string>& modules) const;

private:
  mutable std::mutex mutex_;
  std::deque<crash_entry> last_;
};

}  // namespace instar
