// What a new process is told, and whom a call came from.
#pragma once

#include "base/value.hpp"
#include "runtime/pid.hpp"
#include "runtime/upgrade_limits.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace instar {

/// The caller of a call; keep it to reply later (`instar::reply`). As OTP's
/// From.
struct from {
  pid caller;
  std::uint64_t tag = 0;
  /// Who took the call, and tells the caller of its end where nobody replies.
  pid owner;
};
BOOST_DESCRIBE_STRUCT(from, (), (caller, tag, owner))

/// How a process was started; kept for its life.
struct start_info {
  /// The callback module.
  std::string module;
  value args;
  /// The modules whose upgrades concern it: its child spec's, or its own.
  std::vector<std::string> modules;
  /// Asked by get_modules instead.
  bool is_dynamic = false;
  /// What an upgrade grants it, before its module is asked.
  upgrade_limits upgrade;
};

}  // namespace instar
