#include "tests/cli/process.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace instar::cli::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& one : texts)
    all.push_back(one.data());
  all.push_back(nullptr);
  return all;
}

/// Whether the pipe is still open.
bool read_some(int fd, std::string& into) {
  std::array<char, 4096> some{};
  const auto size = ::read(fd, some.data(), some.size());
  if (size > 0)
    into.append(some.data(), static_cast<std::size_t>(size));
  return size > 0;
}

}  // namespace

process::process(const std::string& program,
                 const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  // The first of a name counts.
  auto settings = environment;
  settings.insert(settings.end(), {"LC_ALL=C", "PATH=/usr/bin:/bin"});
  const auto argv = pointers(words);
  const auto envp = pointers(settings);
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
  REQUIRE(::pipe2(err.data(), O_CLOEXEC) == 0);
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    const int none = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(none, STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    ::execve(program.c_str(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

process::~process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {out_, err_}) {
    if (fd >= 0)
      ::close(fd);
  }
}

void process::send_signal(int number) {
  REQUIRE(::kill(pid_, number) == 0);
}

bool process::is_running() const {
  siginfo_t about{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &about,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
         about.si_pid == 0;
}

std::string process::read_until(const std::string& end) {
  return read_until(out_, so_far_.out, end);
}

std::string process::read_errors_until(const std::string& end) {
  return read_until(err_, so_far_.err, end);
}

std::string process::read_until(int from, std::string& so_far,
                                const std::string& end) {
  for (;;) {
    const auto at = so_far.find(end);
    if (at != std::string::npos)
      return so_far.substr(0, at + end.size());
    if (!read_some(from, so_far))
      return so_far;
  }
}

finished process::wait() {
  std::array<pollfd, 2> asked{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  while (asked[0].fd >= 0 || asked[1].fd >= 0) {
    REQUIRE(::poll(asked.data(), asked.size(), 60'000) > 0);
    if (asked[0].revents != 0 && !read_some(out_, so_far_.out))
      asked[0].fd = -1;
    if (asked[1].revents != 0 && !read_some(err_, so_far_.err))
      asked[1].fd = -1;
  }
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  so_far_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return so_far_;
}

finished instar(const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment) {
  return process(program(), arguments, environment).wait();
}

std::string program() {
  return INSTAR_PROGRAM;
}

}  // namespace instar::cli::test
