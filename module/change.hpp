// What a conversion is told about the upgrade that it is part of.
#pragma once

#include "base/value.hpp"

#include <string>

namespace instar {

enum class direction { up, down };

/// The last argument of code_change. As OTP's OldVsn and Extra.
struct change {
  std::string from_vsn;
  std::string to_vsn;
  instar::direction direction = instar::direction::up;
  /// The instruction's `{advanced: EXTRA}`.
  value extra;
};

}  // namespace instar
