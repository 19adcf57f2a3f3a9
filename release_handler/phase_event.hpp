// What an installation and the upgrade of a single module have in common.
#pragma once

#include "base/clock.hpp"
#include "base/value.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace instar::release_handler {

/// How long processes may take to take their states over before an operation
/// answers all the same.
inline constexpr std::chrono::seconds adoption_patience{30};

/// `{"event": "phase", ...}`; `at` is the time since the operation's begin.
inline value phase_event(std::string_view phase, std::size_t batch,
                         std::size_t of, duration at) {
  return boost::json::object{
      {"event", "phase"},
      {"phase", phase},
      {"batch", batch},
      {"of", of},
      {"at_us",
       std::chrono::duration_cast<std::chrono::microseconds>(at).count()}};
}

}  // namespace instar::release_handler
