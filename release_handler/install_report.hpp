// How an installation ended.
//
//   outcome       when
//   installed     every step is done
//   refused       a check failed, or somebody was not quiet in time: nothing touched
//   undone        a conversion failed: nobody has seen new code
//   rolled_back   a later step failed, or the probation: it was taken back
//   degraded      taking back failed too: the node is left as it is
//   restarting    the node ends, to be started anew in the release; the history
//                 will have one of the two that follow
//   restarted     the node was started anew, and the release came up
//   fell_back     it did not come up, or taking a release back failed and it asks
//                 for this: the permanent release was started
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace instar::release_handler {

enum class outcome {
  installed,
  refused,
  undone,
  rolled_back,
  degraded,
  restarting,
  restarted,
  fell_back
};
const char* to_string(outcome of);

struct install_report {
  std::string from;
  std::string to;
  instar::release_handler::outcome outcome =
      instar::release_handler::outcome::refused;
  std::size_t batches = 0;
  std::size_t processes = 0;
  std::map<std::string, std::size_t> by_module;
  duration pause{};
  std::vector<std::pair<std::string, duration>> phases;
  /// Null: there was none.
  value rehearsal;
  /// Who was killed because it was not quiet, and in which handler.
  std::vector<std::string> killed;
  /// The release is on probation for so long from now.
  std::optional<std::chrono::seconds> probation;
  /// Of an operation that restarts the node: its entry's in the history.
  std::string id;
  std::optional<failure> error;

  /// What was asked for is done, or will be by the restart.
  bool ok() const {
    return !error &&
           (outcome == outcome::installed || outcome == outcome::restarting ||
            outcome == outcome::restarted);
  }
};
value to_json(const install_report& of);

}  // namespace instar::release_handler
