// Why a process ended. As OTP's exit reasons: normal, shutdown, killed, noproc,
// or an error with a text.
#pragma once

#include "runtime/pid.hpp"

#include <boost/describe/class.hpp>

#include <string>

namespace instar {

struct exit_reason {
  /// `normal`, `shutdown`, `kill`, `killed`, `noproc`, `error`, or the
  /// author's.
  std::string name = "normal";
  /// What an error said; empty for the others.
  std::string detail;

  static exit_reason normal() { return {"normal", {}}; }
  static exit_reason shutdown() { return {"shutdown", {}}; }
  /// Cannot be trapped; the process ends with `killed`.
  static exit_reason kill() { return {"kill", {}}; }
  static exit_reason error(std::string text) {
    return {"error", std::move(text)};
  }

  /// A supervisor restarts a transient child for any other reason.
  bool is_expected() const { return name == "normal" || name == "shutdown"; }
  std::string text() const {
    return detail.empty() ? name : name + ": " + detail;
  }
  friend bool operator==(const exit_reason&, const exit_reason&) = default;
};
BOOST_DESCRIBE_STRUCT(exit_reason, (), (name, detail))

/// What a process that traps exits receives when a linked process ends.
struct exit_message {
  pid from;
  exit_reason reason;
};
BOOST_DESCRIBE_STRUCT(exit_message, (), (from, reason))

/// What the monitor of a process receives when it ends.
struct down_message {
  std::uint64_t monitor = 0;
  pid process;
  exit_reason reason;
};
BOOST_DESCRIBE_STRUCT(down_message, (), (monitor, process, reason))

/// What a gen_server receives when set_timeout has run out without a message.
struct timeout_message {
  std::uint64_t tag = 0;
};
BOOST_DESCRIBE_STRUCT(timeout_message, (), (tag))

}  // namespace instar
