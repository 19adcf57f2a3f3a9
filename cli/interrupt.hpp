// Ctrl-C while the command waits for a node: the wait ends, the node goes on.
#pragma once

#include <csignal>

namespace instar::cli {

/// While it lives, SIGINT and SIGTERM make fd() readable instead of ending the
/// command. One at a time.
class interrupt_guard {
public:
  interrupt_guard();
  interrupt_guard(const interrupt_guard&) = delete;
  interrupt_guard& operator=(const interrupt_guard&) = delete;
  ~interrupt_guard();

  int fd() const { return fd_; }

private:
  int fd_;
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

}  // namespace instar::cli
