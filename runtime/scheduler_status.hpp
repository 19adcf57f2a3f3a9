// What a scheduler and its workers do, now. Counted by who is counted, or by the
// operating system: nothing here costs a message anything.
#pragma once

#include "base/clock.hpp"
#include "runtime/pid.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace instar {

enum class worker_activity {
  idle,
  /// In an activation of a process.
  busy,
  /// So long in one that a spare worker has taken its place.
  stuck
};

struct worker_status {
  worker_activity activity = worker_activity::idle;
  /// The process whose module's code it runs; null: none.
  pid running;
  /// Activations since it began.
  std::uint64_t turns = 0;
  /// Processes that wait for it; others may take them over.
  std::size_t run_queue = 0;
  /// The time it had of a processor, and the time since it began.
  duration processor_time{};
  duration age{};
};

struct scheduler_status {
  /// How many are meant to run; the others are spare.
  std::size_t wanted_workers = 0;
  /// Processes that wait for whichever worker is free first.
  std::size_t shared_queue = 0;
  std::vector<worker_status> workers;
};

}  // namespace instar
