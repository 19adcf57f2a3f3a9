#include "tests/cli/pseudo_terminal.hpp"

#include "tests/cli/process.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace instar::cli::test {
namespace {

constexpr int patience_ms = 20'000;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& one : texts)
    all.push_back(one.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

pseudo_terminal::pseudo_terminal(std::vector<std::string> arguments,
                                 const std::vector<std::string>& environment) {
  auto path = program();
  arguments.insert(arguments.begin(), path);
  // The first of a name counts.
  auto settings = environment;
  settings.insert(settings.end(),
                  {"TERM=xterm", "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"});
  const auto argv = pointers(arguments);
  const auto envp = pointers(settings);
  winsize size{30, 100, 0, 0};
  REQUIRE(::openpty(&master_, &slave_, nullptr, nullptr, &size) == 0);
  ::fcntl(master_, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave_, F_SETFD, FD_CLOEXEC);
  REQUIRE(::tcgetattr(slave_, &before_) == 0);
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    ::setsid();
    ::ioctl(slave_, TIOCSCTTY, 0);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      ::dup2(slave_, fd);
    ::execve(path.c_str(), argv.data(), envp.data());
    ::_exit(127);
  }
}

pseudo_terminal::~pseudo_terminal() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(master_);
  ::close(slave_);
}

void pseudo_terminal::type(std::string_view keys) {
  REQUIRE(::write(master_, keys.data(), keys.size()) ==
          static_cast<ssize_t>(keys.size()));
}

void pseudo_terminal::resize(unsigned short columns, unsigned short rows) {
  const winsize size{rows, columns, 0, 0};
  REQUIRE(::ioctl(master_, TIOCSWINSZ, &size) == 0);
}

void pseudo_terminal::send_signal(int number) {
  REQUIRE(::kill(pid_, number) == 0);
}

bool pseudo_terminal::read_some() {
  pollfd one{master_, POLLIN, 0};
  if (::poll(&one, 1, patience_ms) <= 0)
    return false;
  std::array<char, 4096> some{};
  const auto size = ::read(master_, some.data(), some.size());
  if (size > 0)
    rest_.append(some.data(), static_cast<std::size_t>(size));
  return size > 0;
}

std::string pseudo_terminal::read_until(std::string_view text) {
  // What is drawn again and again is no progress.
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  for (;;) {
    if (const auto at = rest_.find(text); at != std::string::npos) {
      const auto read = rest_.substr(0, at + text.size());
      rest_.erase(0, read.size());
      return read;
    }
    INFO("waits for " << text << " in " << rest_);
    REQUIRE(std::chrono::steady_clock::now() < end);
    REQUIRE(read_some());
  }
}

int pseudo_terminal::wait() {
  const int ends = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  REQUIRE(ends >= 0);
  // A command that writes to a terminal which nobody reads would not end.
  for (std::array<pollfd, 2> all{{{ends, POLLIN, 0}, {master_, POLLIN, 0}}};
       all[0].revents == 0;) {
    REQUIRE(::poll(all.data(), all.size(), patience_ms) > 0);
    if (all[1].revents != 0)
      REQUIRE(read_some());
  }
  ::close(ends);
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  pollfd one{master_, POLLIN, 0};
  while (::poll(&one, 1, 0) > 0 && read_some()) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool pseudo_terminal::is_as_before() const {
  termios now{};
  REQUIRE(::tcgetattr(slave_, &now) == 0);
  return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
         now.c_oflag == before_.c_oflag;
}

}  // namespace instar::cli::test
