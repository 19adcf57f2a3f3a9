#include "release_handler/service_manager.hpp"

#include "tests/release_handler/support.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

namespace instar::release_handler {
namespace {

// What systemd is to a service.
class listener {
public:
  explicit listener(std::string name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@')
      address.sun_path[0] = '\0';
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                          name.size())) == 0);
  }
  listener(const listener&) = delete;
  ~listener() { ::close(socket_); }

  // The next datagram; nothing where there is none.
  std::string heard() const {
    std::array<char, 4096> some{};
    const auto size = ::recv(socket_, some.data(), some.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(some.data(), static_cast<size_t>(size));
  }

private:
  int socket_;
};

long long microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

value event(const char* what, const char* operation, const char* outcome) {
  return boost::json::object{{"event", what}, {"operation", operation},
                             {"from", "1"},   {"to", "2"},
                             {"by", "alice"}, {"outcome", outcome}};
}

}  // namespace

TEST_SUITE("release_handler/service_manager") {
  TEST_CASE("a datagram goes to a path and to an abstract name") {
    const test::temporary_folder folder;
    for (const auto& name : {(folder.where() / "notify").string(),
                             "@instar-test-" + std::to_string(::getpid())}) {
      CAPTURE(name);
      const listener systemd(name);
      const service_manager manager(name);
      manager.ready("kvd 1.0 runs");
      CHECK(systemd.heard() == "READY=1\nSTATUS=kvd 1.0 runs\n");
      manager.alive();
      CHECK(systemd.heard() == "WATCHDOG=1\n");
      manager.stopping();
      CHECK(systemd.heard() == "STOPPING=1\n");
      CHECK(systemd.heard() == "");
    }
  }

  TEST_CASE("an installation is a reload from its begin to its end") {
    const std::string name =
        "@instar-test-reload-" + std::to_string(::getpid());
    const listener systemd(name);
    const service_manager manager(name);
    const auto before = microseconds();
    tell(manager, event("begin", "install", ""), "kvd");
    const auto heard = systemd.heard();
    const auto after = microseconds();
    const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
    REQUIRE(heard.starts_with(start));
    const auto at = std::stoll(heard.substr(start.size()));
    CHECK(before <= at);
    CHECK(at <= after);
    CHECK(heard.ends_with("\nSTATUS=install of kvd 1 -> 2 by alice\n"));
    tell(manager, event("phase", "install", ""), "kvd");
    CHECK(systemd.heard() == "");
    tell(manager, event("end", "install", "installed"), "kvd");
    CHECK(systemd.heard() ==
          "READY=1\nSTATUS=kvd 2 runs; install of 2: installed\n");
    tell(manager, event("end", "rollback", "undone"), "kvd");
    CHECK(systemd.heard() ==
          "READY=1\nSTATUS=kvd 1 runs; rollback of 2: undone\n");
    tell(manager, event("end", "install", "restarting"), "kvd");
    CHECK(systemd.heard() == "");
    tell(manager, event("end", "install", "restarted"), "kvd");
    CHECK(systemd.heard() ==
          "READY=1\nSTATUS=kvd 2 runs; install of 2: restarted\n");
    tell(manager, event("begin", "commit", ""), "kvd");
    tell(manager, event("end", "commit", "permanent"), "kvd");
    CHECK(systemd.heard() == "");
  }

  TEST_CASE("a status is one line") {
    const std::string name = "@instar-test-line-" + std::to_string(::getpid());
    const listener systemd(name);
    service_manager(name).ready("a\nREADY=0");
    CHECK(systemd.heard() == "READY=1\nSTATUS=a READY=0\n");
  }

  TEST_CASE("without a socket nothing is sent and a watchdog is asked for") {
    service_manager("").ready("x");
    service_manager("relative").ready("x");
    service_manager("/nowhere/at/all").ready("x");
    CHECK_FALSE(service_manager("").watchdog_period());
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    CHECK(service_manager::from_environment().watchdog_period() ==
          std::chrono::microseconds(1'500'000));
    ::setenv("WATCHDOG_PID", "1", 1);
    CHECK_FALSE(service_manager::from_environment().watchdog_period());
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    CHECK(service_manager::from_environment().watchdog_period());
    ::setenv("WATCHDOG_USEC", "soon", 1);
    CHECK_FALSE(service_manager::from_environment().watchdog_period());
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }
}

}  // namespace instar::release_handler
