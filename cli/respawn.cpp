#include "cli/respawn.hpp"

#include "cli/exit_code.hpp"
#include "cli/session.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace instar::cli {
namespace {

using std::chrono::steady_clock;

sigset_t watched_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int one : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
    ::sigaddset(&set, one);
  return set;
}

/// The exit code as a shell has it.
int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Waits for its end; what comes for it meanwhile goes on to it. `is_stopped`: it
/// was asked to end.
int wait_for(::pid_t child, const sigset_t& watched, bool& is_stopped) {
  for (;;) {
    siginfo_t about{};
    if (::sigwaitinfo(&watched, &about) < 0)
      continue;
    if (about.si_signo != SIGCHLD) {
      is_stopped = is_stopped || about.si_signo != SIGHUP;
      ::kill(child, about.si_signo);
      continue;
    }
    int status = 0;
    const auto ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child)
      return status;
    if (ended < 0 && errno != EINTR)
      return 0;
  }
}

}  // namespace

bool respawn_limit::allows(steady_clock::time_point crash) {
  std::erase_if(recent_, [&](auto one) { return crash - one >= within; });
  recent_.push_back(crash);
  return recent_.size() <= crashes;
}

int respawn(const std::function<int(bool is_first)>& node) {
  const auto watched = watched_signals();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &watched, &before);
  const auto parent = ::getpid();
  respawn_limit limit;
  bool is_stopped = false;
  for (bool is_first = true;; is_first = false) {
    const auto child = ::fork();
    if (child < 0) {
      note(fmt::format("instar: fork: {}", ::strerror(errno)));
      return 1;
    }
    if (child == 0) {
      // Nobody would start it again.
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (::getppid() != parent)
        ::_exit(1);
      ::sigprocmask(SIG_SETMASK, &before, nullptr);
      return node(is_first);
    }
    const int status = wait_for(child, watched, is_stopped);
    // A first start that failed is a mistake in the node's folder.
    const bool has_crashed =
        WIFSIGNALED(status) ||
        code_of(status) == static_cast<int>(exit_code::application_terminated);
    if (is_stopped || code_of(status) == 0 || (is_first && !has_crashed))
      return code_of(status);
    if (!limit.allows(steady_clock::now())) {
      note(fmt::format(
          "instar: the node has crashed {} times within {} s: it "
          "is not started again",
          respawn_limit::crashes + 1, respawn_limit::within.count()));
      return code_of(status);
    }
    note(WIFSIGNALED(status)
             ? fmt::format("instar: the node was killed by signal {} ({}): it "
                           "is started again",
                           WTERMSIG(status), ::strsignal(WTERMSIG(status)))
             : fmt::format("instar: the node ended with {}: it is started "
                           "again",
                           code_of(status)));
  }
}

}  // namespace instar::cli
