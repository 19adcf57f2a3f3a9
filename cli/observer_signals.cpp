#include "cli/observer_signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <system_error>

namespace instar::cli {

observer_signals::observer_signals() {
  sigset_t all{};
  ::sigemptyset(&all);
  for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH})
    ::sigaddset(&all, one);
  fd_ = ::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0)
    throw std::system_error(errno, std::generic_category(), "signalfd");
  ::pthread_sigmask(SIG_BLOCK, &all, &before_);
}

observer_signals::~observer_signals() {
  // One that came meanwhile has done what it was to do.
  while (next())
    ;
  ::close(fd_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> observer_signals::next() {
  signalfd_siginfo one{};
  if (::read(fd_, &one, sizeof one) != sizeof one)
    return std::nullopt;
  return static_cast<int>(one.ssi_signo);
}

}  // namespace instar::cli
