// `instar run --respawn`: starts a node again when it has crashed, for machines
// without a service manager. As OTP's heart.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

namespace instar::cli {

/// When a node that crashes again and again is given up.
class respawn_limit {
public:
  static constexpr std::size_t crashes = 5;
  static constexpr std::chrono::seconds within{60};

  /// Whether it may be started again after a crash at that time.
  bool allows(std::chrono::steady_clock::time_point crash);

private:
  std::vector<std::chrono::steady_clock::time_point> recent_;
};

/// Runs `node` in a child process and again each time that one is killed by a
/// signal or ends because of an application that has ended, or fails after a crash; `is_first` says whether it is the first time.
/// SIGTERM and SIGINT go on to the child, and then it is over. Answers the exit
/// code of the last child. No thread may run yet.
int respawn(const std::function<int(bool is_first)>& node);

}  // namespace instar::cli
