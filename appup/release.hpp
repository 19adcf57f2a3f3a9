// A release, release.yaml, as data. As OTP's .rel, with the release's own
// settings for the time after an upgrade.
#pragma once

#include "appup/instruction.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace instar::appup {

struct release_app {
  std::string name;
  std::string vsn;
  start_type type = start_type::permanent;
  /// Overrides the application's own included_applications.
  std::optional<std::vector<std::string>> included;

  friend bool operator==(const release_app&, const release_app&) = default;
};

/// A program that must end with 0: the arguments, the first is the program.
struct health_command {
  std::vector<std::string> arguments;

  friend bool operator==(const health_command&,
                         const health_command&) = default;
};

enum class probation_end {
  keep,    ///< the release stays current until an operator decides
  commit,  ///< it becomes permanent
};

/// What a new release has to survive before it is trusted.
struct probation_spec {
  std::chrono::seconds seconds{0};
  std::optional<std::uint32_t> max_restarts;
  /// Absent: only restarts count.
  std::variant<std::monostate, mfa, health_command> health;
  probation_end then = probation_end::keep;

  friend bool operator==(const probation_spec&,
                         const probation_spec&) = default;
};

/// What happens to a node whose rollback fails.
enum class rollback_failure { keep, restart };

struct release_spec {
  std::string release;
  std::string vsn;
  /// The runtime's version, OTP's erts version. Empty: not said.
  std::string runtime;
  std::vector<release_app> applications;
  std::optional<probation_spec> probation;
  rollback_failure on_rollback_failure = rollback_failure::keep;

  friend bool operator==(const release_spec&, const release_spec&) = default;
};

}  // namespace instar::appup
