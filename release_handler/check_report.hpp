// What a check says of an installation that has not begun.
#pragma once

#include "base/value.hpp"
#include "release_handler/forecast.hpp"
#include "release_handler/installation.hpp"
#include "release_handler/pause_forecast.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {

/// What ends where the way restarts the node.
struct restart_forecast {
  std::size_t processes = 0;
  std::size_t connections = 0;
};

/// What check_install_release found.
struct check_report {
  std::string from;
  std::string to;
  /// At least one; more where the way leads through other releases.
  std::vector<planned_hop> hops;
  /// What each of them means for the node as it is now.
  std::vector<forecast> ahead;
  std::optional<rehearsal_report> rehearsal;
  /// Nothing is converted or paused: the processes end.
  std::optional<restart_forecast> restart;
  pause_forecast pause;
  /// Live processes per module of the plan.
  std::map<std::string, std::size_t> processes;

  bool ok() const { return !rehearsal || rehearsal->ok(); }
};
value to_json(const check_report& of);

}  // namespace instar::release_handler
