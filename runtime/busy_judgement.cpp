#include "runtime/busy_judgement.hpp"

namespace instar {

busy_judgement busy_judge::judge(const std::vector<busy_process>& busy,
                                 steady_time next) {
  busy_judgement made;
  const bool is_window_open = killed_at_ && next < *killed_at_ + kill_window;
  for (const auto& one : busy) {
    // As a difference: a deadline may lie beyond the end of time.
    if (one.policy == busy_policy::wait || next - began_ < one.patience)
      continue;
    if (one.policy == busy_policy::abort) {
      made.blamed.push_back(one);
    } else if (is_window_open) {
      continue;
    } else if (rounds_left_ > 0) {
      made.killed.push_back(one.who);
    } else {
      made.blamed.push_back(one);
    }
  }
  if (!made.blamed.empty())
    made.killed.clear();
  return made;
}

void busy_judge::note_killed(steady_time now) {
  --rounds_left_;
  killed_at_ = now;
}

}  // namespace instar
