// Rehearses the conversions of batches: every live state is converted into a second
// one that is thrown away. Nothing is prepared, and no gate is closed. Where a later
// batch converts the same module again, as on a way through other releases, it gets
// what the one before has made of each state.
//
// A rehearsal is an activation of its process: it claims the process as a message
// would, so it never overlaps a handler, and a message that arrives meanwhile
// waits for at most that one conversion. Conversions that declare effects are left
// out, and what adopt() carries stays where it is.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/pid.hpp"
#include "runtime/upgrade.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace instar {

class runtime;

struct rehearsal_options {
  /// The second state is converted back, and what comes of that compared with the
  /// one that runs.
  bool round_trip = false;
  /// One conversion may take so long.
  duration convert_timeout = std::chrono::seconds(5);
  /// Who is busy all that time is left out.
  duration patience = std::chrono::seconds(10);
  /// What one second state may allocate; 0: no limit.
  std::size_t memory_limit_bytes = 0;
  /// In a child process, forked from a closed gate: a conversion that crashes or
  /// never returns ends the child alone. Who is not quiet within `suspend_timeout`
  /// refuses it; an attempt holds clients for at most `hold`.
  bool isolated = false;
  duration hold = std::chrono::milliseconds(50);
  duration suspend_timeout = std::chrono::seconds(5);
};

struct conversion_tally {
  std::size_t succeeded = 0;
  std::size_t failed = 0;
  duration median{};
  duration longest{};
  duration total{};
};

/// What went wrong in which process.
struct rehearsal_fault {
  pid process;
  std::string name;
  /// up, down (against the direction of the upgrade), or round_trip.
  std::string where;
  std::string why;
};

struct module_rehearsal {
  /// Of those that were given, counted from 0.
  std::size_t batch = 0;
  /// For the caller, who knows which batches belong together.
  std::size_t hop = 0;
  std::string module;
  std::string from_vsn;
  std::string to_vsn;
  /// Whose states are converted; those that only change owner are not among them.
  std::size_t processes = 0;
  /// Not reached: inside a handler all the time, or ended; or the conversion before
  /// it failed, or has effects.
  std::size_t left_out = 0;
  /// Those that ran when they were first looked for: an upgrade may have to
  /// convert as many behind the gate.
  std::size_t busy = 0;
  /// The conversion declares effects, so it was not called.
  bool has_effects = false;
  conversion_tally up;
  /// Against the direction of the upgrade; nothing where there is no way back.
  conversion_tally down;
  std::size_t compared = 0;
  std::size_t differing = 0;
  /// All second states together; -1: not measured, as allocations are not
  /// charged in this program.
  std::int64_t bytes = 0;
  /// The first ones.
  std::vector<rehearsal_fault> faults;

  static constexpr std::size_t faults_limit = 20;
};

struct rehearsal_report {
  std::vector<module_rehearsal> modules;
  bool isolated = false;
  /// How long the gates were closed to fork.
  duration pause{};

  bool ok() const;
  bool has_hops() const;
};

/// The modules of each batch, as upgrade's, in the order in which they would be
/// carried out.
using rehearsal_batches = std::vector<std::vector<module_upgrade>>;

/// Not from a worker; not while a batch is under way. Errors: code_change_failed
/// (one did not return in time: its process is held until it does),
/// layout_mismatch (a batch does not fit the states that run, or what the one before
/// makes of them), and isolated: not_quiet, not_supported.
result<rehearsal_report> rehearse(runtime& node,
                                  const rehearsal_batches& batches,
                                  const rehearsal_options& options);
/// Of one batch.
result<rehearsal_report> rehearse(runtime& node,
                                  const std::vector<module_upgrade>& modules,
                                  const rehearsal_options& options);

}  // namespace instar
