// How patient an upgrade is: what a process, a module or an installation asks for.
// The one before counts where it says something, else the one after.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <optional>

namespace instar {

/// What becomes of a batch when somebody is not quiet in time.
enum class busy_policy {
  abort,  ///< it is given up, and nothing has changed
  wait,   ///< it goes on trying until it is cancelled
  restart,  ///< those who are not quiet are killed; their supervisors restart them
};
BOOST_DESCRIBE_ENUM(busy_policy, abort, wait, restart)

/// None: nothing said.
struct upgrade_limits {
  /// How long to try to get it quiet, from the first attempt on.
  std::optional<std::chrono::milliseconds> suspend_timeout;
  /// For one conversion.
  std::optional<std::chrono::milliseconds> convert_timeout;
  /// Where it is not quiet in time.
  std::optional<busy_policy> when_busy;

  friend bool operator==(const upgrade_limits&,
                         const upgrade_limits&) = default;
};
BOOST_DESCRIBE_STRUCT(upgrade_limits, (),
                      (suspend_timeout, convert_timeout, when_busy))

/// No limit, as good as: a deadline must not overflow.
inline constexpr std::chrono::milliseconds infinite_patience =
    std::chrono::hours(24 * 365);

inline upgrade_limits over(upgrade_limits first, const upgrade_limits& second) {
  if (!first.suspend_timeout)
    first.suspend_timeout = second.suspend_timeout;
  if (!first.convert_timeout)
    first.convert_timeout = second.convert_timeout;
  if (!first.when_busy)
    first.when_busy = second.when_busy;
  return first;
}

}  // namespace instar
