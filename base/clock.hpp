// Time, abstract so that tests can step it.
#pragma once

#include <chrono>

namespace instar {

using steady_time = std::chrono::steady_clock::time_point;
using duration = std::chrono::nanoseconds;

/// Any thread.
class clock {
public:
  virtual ~clock() = default;
  /// Monotonic; for deadlines and measurements.
  virtual steady_time now() const = 0;
  /// The date; for records that people read.
  virtual std::chrono::system_clock::time_point date() const = 0;
};

/// The machine's clock.
class real_clock final : public clock {
public:
  steady_time now() const override;
  std::chrono::system_clock::time_point date() const override;
};

}  // namespace instar
