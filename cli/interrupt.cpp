#include "cli/interrupt.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace instar::cli {
namespace {

std::atomic<int> event_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free, "used by a handler");

void wake(int /*signal*/) {
  const int before = errno;
  const int fd = event_fd.load();
  if (fd >= 0)
    ::eventfd_write(fd, 1);
  errno = before;
}

}  // namespace

interrupt_guard::interrupt_guard()
    : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  event_fd.store(fd_);
  struct sigaction action {};
  action.sa_handler = wake;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &old_int_);
  ::sigaction(SIGTERM, &action, &old_term_);
}

interrupt_guard::~interrupt_guard() {
  ::sigaction(SIGINT, &old_int_, nullptr);
  ::sigaction(SIGTERM, &old_term_, nullptr);
  event_fd.store(-1);
  if (fd_ >= 0)
    ::close(fd_);
}

}  // namespace instar::cli
