// Timers of a node: wakes (a process looks at its own deadlines) and messages
// to be sent later. One ordered table behind a mutex, driven by the scheduler's
// timer; call timeouts seldom come here, since a process keeps one wake for all
// of them.
#pragma once

#include "base/clock.hpp"
#include "runtime/message.hpp"
#include "runtime/pid.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace instar {

class instance;
class runtime;

/// Any thread.
class timers {
public:
  explicit timers(runtime& node) : node_(node) {}

  /// Null: zombies::look.
  void wake(pid process, steady_time due);
  /// Returns the number that cancel() takes, with `due`.
  std::uint64_t send(pid to, message_ptr m, steady_time due);
  bool cancel(steady_time due, std::uint64_t id);
  /// Delivers what is due. The scheduler calls it.
  void expire();
  /// The earliest one; max() where there is none.
  steady_time next_due() const;
  void clear();
  /// Whom messages of that module's making will be sent to.
  std::vector<pid> targets_of(const instance& code) const;

private:
  struct entry {
    pid to;
    message_ptr m;  // null: a wake
  };
  std::uint64_t add(steady_time due, entry made);

  runtime& node_;
  mutable std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::map<std::pair<steady_time, std::uint64_t>, entry> entries_;
};

}  // namespace instar
