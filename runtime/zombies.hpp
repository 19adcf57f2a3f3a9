// Who was killed inside a callback that does not return: a zombie. C++ code on a
// processor cannot be stopped, so the process counts as ended from a while after
// the kill on (its links, monitors and callers are told, its name is free, what is
// sent to it is refused and what it sends is discarded), while its thread, its
// state and its code are kept until the callback returns.
#pragma once

#include "base/clock.hpp"
#include "runtime/pid.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace instar {

class runtime;

struct zombie {
  pid process;
  /// Its registered name; empty: none. It may belong to another one by now.
  std::string name;
  std::string module;
  std::string vsn;
  /// The type of the message that it handles; empty: it is in init or terminate.
  std::string message;
  steady_time since;
};
/// `killed while it handled kv.get`
std::string what_it_does(const zombie& one);
/// `0.12.0 kv_shard_3 (killed while it handled kv.get)`
std::string to_string(const zombie& one);

/// Finds them, and knows them. Any thread.
class zombies {
public:
  /// `patience`: how long a killed process may take to end by itself.
  zombies(runtime& node, duration patience)
      : node_(node), patience_(patience) {}

  /// A process that runs was sent a kill.
  void killed(pid process);
  /// Looks again at those that were killed. The timers call it.
  void look();
  /// A process is a zombie from now on. Called under its lock.
  void died(zombie one);
  /// Its callback has returned, and all of it is freed.
  void returned(pid process);

  std::vector<zombie> all() const;

private:
  /// Whether the process still has to be looked at.
  bool look_at(pid process);
  void log(pid process) const;

  runtime& node_;
  const duration patience_;
  mutable std::mutex mutex_;
  std::vector<pid> watched_;
  bool is_waiting_ = false;  // a timer is under way
  std::vector<zombie> all_;
};

}  // namespace instar
