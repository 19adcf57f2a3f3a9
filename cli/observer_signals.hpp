// The signals that a full-screen program must not be ended by, as a file descriptor.
#pragma once

#include <csignal>
#include <optional>

namespace instar::cli {

/// While it lives, SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGWINCH make fd() readable
/// and do nothing else, in this thread and those that it starts. SIGTSTP is left to
/// ncurses, which gives the terminal back and takes it again. One at a time.
class observer_signals {
public:
  observer_signals();
  observer_signals(const observer_signals&) = delete;
  observer_signals& operator=(const observer_signals&) = delete;
  ~observer_signals();

  int fd() const { return fd_; }
  /// The number of one that came; nothing: none.
  std::optional<int> next();

private:
  sigset_t before_{};
  int fd_ = -1;
};

}  // namespace instar::cli
