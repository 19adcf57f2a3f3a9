// What an upgrade makes of those who are not quiet, attempt after attempt: a decision
// without effects.
#pragma once

#include "base/clock.hpp"
#include "runtime/pid.hpp"
#include "runtime/upgrade_limits.hpp"

#include <optional>
#include <vector>

namespace instar {

/// Who is not quiet, and what counts for it.
struct busy_process {
  pid who;
  duration patience{};
  busy_policy policy = busy_policy::abort;
};

struct busy_judgement {
  /// To be killed now.
  std::vector<pid> killed;
  /// Because of whom it is given up; then nobody is killed.
  std::vector<busy_process> blamed;
};

/// One for each batch; one thread.
class busy_judge {
public:
  /// How often some are killed: who replaces them may be in the way again.
  static constexpr int kill_rounds = 3;
  /// After a kill: for them to end, or to become zombies.
  static constexpr duration kill_window = std::chrono::seconds(1);

  explicit busy_judge(steady_time began) : began_(began) {}

  /// Who was not quiet in the attempt that has just failed. `next`: when the next
  /// one would begin.
  busy_judgement judge(const std::vector<busy_process>& busy, steady_time next);
  /// Those that judge() named are killed.
  void note_killed(steady_time now);

private:
  steady_time began_;
  int rounds_left_ = kill_rounds;
  std::optional<steady_time> killed_at_;
};

}  // namespace instar
