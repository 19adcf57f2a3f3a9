// What systemd wants to know of a service (sd_notify): a datagram to the socket
// that NOTIFY_SOCKET names. Without one nothing is sent. Any thread.
#pragma once

#include "base/value.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace instar::release_handler {

class service_manager {
public:
  /// As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say.
  static service_manager from_environment();
  /// `socket`: a path, or `@NAME` for an abstract one; empty: nobody listens.
  explicit service_manager(
      std::string socket,
      std::optional<std::chrono::microseconds> watchdog = std::nullopt)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  void ready(std::string_view status) const;
  /// An installation began; ready() ends it. For Type=notify-reload.
  void reloading(std::string_view status) const;
  /// `status` says why, where nobody asked for it.
  void stopping(std::string_view status = {}) const;
  void alive() const;
  /// How often alive() is to be told; nothing: never. Half of what the service
  /// manager waits.
  std::optional<std::chrono::microseconds> watchdog_period() const;

private:
  void send(const std::string& lines) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
};

/// Tells the service manager of an event of the hub: that an installation
/// began, and how it ended.
void tell(const service_manager& to, const value& event,
          std::string_view release);

}  // namespace instar::release_handler
