#include "release_handler/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace instar::release_handler {
namespace {

std::optional<long long> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr)
    return std::nullopt;
  long long number = 0;
  const auto* end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    return std::nullopt;
  return number;
}

// A line of its own, whatever is in it.
std::string status_line(std::string_view status) {
  std::string line(status.substr(0, 500));
  std::replace(line.begin(), line.end(), '\n', ' ');
  return "STATUS=" + line + "\n";
}

std::string text_of(const boost::json::object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  return found != nullptr && found->is_string()
             ? std::string(found->get_string())
             : std::string();
}

}  // namespace

service_manager service_manager::from_environment() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  std::optional<std::chrono::microseconds> watchdog;
  const auto period = number_in("WATCHDOG_USEC");
  const auto whose = number_in("WATCHDOG_PID");
  if (period && *period > 0 && (!whose || *whose == ::getpid()))
    watchdog = std::chrono::microseconds(*period);
  return service_manager(socket == nullptr ? "" : socket, watchdog);
}

void service_manager::ready(std::string_view status) const {
  send("READY=1\n" + status_line(status));
}

void service_manager::reloading(std::string_view status) const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  send(fmt::format(
      "RELOADING=1\nMONOTONIC_USEC={}\n{}",
      static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000,
      status_line(status)));
}

void service_manager::stopping(std::string_view status) const {
  send("STOPPING=1\n" + (status.empty() ? "" : status_line(status)));
}

void service_manager::alive() const {
  send("WATCHDOG=1\n");
}

std::optional<std::chrono::microseconds> service_manager::watchdog_period()
    const {
  if (!watchdog_)
    return std::nullopt;
  return *watchdog_ / 2;
}

void service_manager::send(const std::string& lines) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || (socket_[0] != '/' && socket_[0] != '@') ||
      socket_.size() >= sizeof address.sun_path)
    return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@')
    address.sun_path[0] = '\0';
  const int to = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (to < 0)
    return;
  // An abstract name has no final zero.
  const auto size = offsetof(sockaddr_un, sun_path) + socket_.size();
  // Its queue is short, and a READY that got lost would leave the service
  // reloading for ever; a manager that hangs holds nothing up for long.
  const timeval patience{1, 0};
  ::setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  // Nobody who could be told that it failed.
  static_cast<void>(::sendto(to, lines.data(), lines.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address),
                             static_cast<socklen_t>(size)));
  ::close(to);
}

void tell(const service_manager& to, const value& event,
          std::string_view release) {
  const auto* fields = event.if_object();
  if (fields == nullptr)
    return;
  const auto what = text_of(*fields, "event");
  const auto operation = text_of(*fields, "operation");
  const auto target = text_of(*fields, "to");
  if (operation != "install" && operation != "rollback")
    return;
  if (what == "begin") {
    to.reloading(fmt::format("{} of {} {} -> {} by {}", operation, release,
                             text_of(*fields, "from"), target,
                             text_of(*fields, "by")));
  } else if (what == "end") {
    const auto outcome = text_of(*fields, "outcome");
    // The start that follows says when it is ready.
    if (outcome == "restarting")
      return;
    const bool runs_target = outcome == "installed" || outcome == "restarted";
    to.ready(fmt::format("{} {} runs; {} of {}: {}", release,
                         runs_target ? target : text_of(*fields, "from"),
                         operation, target, outcome));
  }
}

}  // namespace instar::release_handler
