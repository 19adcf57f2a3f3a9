// An upgrade while clients call.
#pragma once

#include <cstddef>

namespace instar::bench {

struct pause_seen {
  /// The longest call of a client, less its usual time.
  double longest_us = 0;
  /// From the loading of the module to the adoption of the last state.
  double install_us = 0;
};

/// Upgrades n servers of 64 bytes to a larger state, once, while 8 clients call
/// them all the time. In a process of its own.
pause_seen measure_pause(std::size_t n, std::size_t workers);

}  // namespace instar::bench
