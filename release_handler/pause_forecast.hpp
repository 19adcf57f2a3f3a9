// How long an installation is going to hold clients, as far as that can be known.
#pragma once

#include "base/clock.hpp"
#include "base/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {

/// Conversions that a pause contains, and not the time before it.
struct conversions_in_pause {
  std::size_t count = 0;
  duration each{};
  duration longest{};
  std::size_t at_once = 1;
  std::string whose;
  /// Of all that were rehearsed: written states are converted again behind the gate.
  duration all{};
  duration longest_of_all{};
};

struct pause_forecast {
  /// Of a batch; absent: nothing is known.
  std::optional<duration> expected;
  /// What conversions add where every state is written to just then; absent: not
  /// rehearsed.
  std::optional<duration> if_all_change;
  /// An attempt that finds somebody busy gives clients back after this.
  duration hold{};
  /// What it was made from, for people; empty: nothing.
  std::vector<std::string> from;
};

/// The median of the last installations in `history`, and what is converted
/// behind closed gates.
pause_forecast expected_pause(const std::vector<value>& history, duration hold,
                              const conversions_in_pause& converted = {});

value to_json(const pause_forecast& of);

}  // namespace instar::release_handler
