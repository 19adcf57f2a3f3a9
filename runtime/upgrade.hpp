// The upgrade of a set of modules as one atomic batch: all their processes go
// over to the new code, or none does.
//
//   phase      what happens                                      can fail
//   check      decided from descriptors, nothing is touched      yes
//   prepare    states are converted beside the old ones, while   yes
//              their processes run
//   suspend    all gates are closed at once; wait until nobody   yes, retried
//              is inside, for at most `hold`
//   convert    what is not converted yet, on all cores           yes
//   commit     the new export table; one store switches all      no
//   resume     gates open; queued messages go to the new code    no
//   adopt      every process takes its prepared state over, at   no
//              its next activation or by a sweep
//
// A failure before the commit undoes everything in place: prepared states are
// dropped, the old ones were never written to, the gates are open again.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "module/change.hpp"
#include "runtime/busy_judgement.hpp"
#include "runtime/code_server.hpp"
#include "runtime/pid.hpp"
#include "runtime/transition.hpp"
#include "runtime/upgrade_limits.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace instar {

class runtime;
struct blocker;

/// What happens to one module in a batch.
struct module_upgrade {
  std::string module;
  /// The loaded instance that becomes current; null: the module is removed, or
  /// only suspended with the others.
  instance* next = nullptr;
  bool is_removed = false;
  /// Its processes wait at the gate (an `update`).
  bool is_suspended = false;
  /// An `advanced` update: code_change with this.
  bool is_converted = false;
  instar::direction way = direction::up;
  value extra;
  /// For its processes that say nothing themselves.
  upgrade_limits limits;
};

struct upgrade_options {
  /// The longest that clients are held back while somebody is not quiet.
  duration hold = std::chrono::milliseconds(50);
  /// For one conversion; all that are made at once may take as long as the
  /// longest limit among them.
  duration convert_timeout = std::chrono::seconds(5);
  /// For all second states together; 0: no limit.
  std::size_t memory_limit_bytes = 0;
  busy_policy when_busy = busy_policy::abort;
  duration suspend_timeout = std::chrono::seconds(5);
  /// Who is not quiet in time is killed, whatever the others say.
  bool force = false;

  /// What counts where neither process nor module says anything.
  upgrade_limits limits() const;
};

/// What a batch did, measured.
struct upgrade_report {
  std::size_t processes = 0;
  std::map<std::string, std::size_t> by_module;
  std::size_t attempts = 0;
  /// From the closing of the gates to their opening, in the attempt that
  /// counted.
  duration pause{};
  /// The longest that an attempt which gave up held clients back.
  duration longest_failed_hold{};
  /// Who was killed because it was not quiet, and in which handler.
  std::vector<std::string> killed;
  std::vector<std::pair<std::string, duration>> phases;
};

/// One batch. Not from a worker; one batch of a node at a time.
class upgrade {
public:
  upgrade(runtime& node, std::vector<module_upgrade> modules,
          upgrade_options options);
  ~upgrade();
  upgrade(const upgrade&) = delete;
  upgrade& operator=(const upgrade&) = delete;

  /// Told at the begin of each phase. Never while a gate is closed.
  std::function<void(std::string_view phase)> on_phase;
  /// Called with the switch itself, behind closed gates: quick, and it cannot fail.
  std::function<void()> at_commit;
  /// Asked between the phases before the commit; true: give up and undo.
  std::function<bool()> is_cancelled;

  /// Errors: layout_mismatch, bad_module. Nothing is touched.
  result<> check();
  /// Errors: code_change_failed, memory_limit. Everything is undone then.
  result<> prepare();
  /// Suspends, converts the rest, commits and resumes. Errors: not_quiet
  /// (naming who), code_change_failed, memory_limit. Everything is undone then; `was_quiet`
  /// tells which.
  result<> commit();
  /// Waits until every process has adopted its state. Errors: adopting (a
  /// process did not get there in time; it will).
  result<> adopt(duration timeout);
  /// Drops what was prepared; for a batch that is not committed.
  void undo();

  const upgrade_report& report() const { return report_; }
  /// What to give back on the way back: the module's state before.
  bool is_committed() const;

private:
  struct shared_state;

  result<> plan(const module_upgrade& one);
  result<> convert_all(std::vector<std::pair<transition*, pid>> work);
  result<> convert_rest();
  bool wait_until_quiet(steady_time deadline);
  std::vector<busy_process> all_busy() const;
  const module_upgrade* module_of(const blocker& one) const;
  std::string names_of(const std::vector<busy_process>& busy) const;
  void kill(const std::vector<pid>& busy);
  void note_phase(std::string_view phase);
  void sweep(bool adopts);

  runtime& node_;
  std::vector<module_upgrade> modules_;
  upgrade_options options_;
  std::shared_ptr<shared_state> shared_;
  std::set<std::string> gated_;
  /// Modules without processes whose states could not go over.
  std::vector<std::pair<instance*, failure>> unplanned_;
  code_change_set changes_;
  upgrade_report report_;
  bool was_adopted_ = false;
  steady_time phase_began_{};
  std::string phase_;
};

}  // namespace instar
