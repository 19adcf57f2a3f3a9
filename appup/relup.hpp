// How a release goes from other releases to this one and back: relup.yaml, made
// by make_relup and carried out by the release handler. As OTP's relup(4).
#pragma once

#include "appup/instruction.hpp"

#include <string>
#include <vector>

namespace instar::appup {

/// The way from (up) or to (down) the release `vsn`.
struct relup_entry {
  std::string vsn;
  std::string description;
  appup::script script;

  friend bool operator==(const relup_entry&, const relup_entry&) = default;
};

struct relup_spec {
  /// The release that the up scripts lead to.
  std::string vsn;
  std::vector<relup_entry> up;
  std::vector<relup_entry> down;

  friend bool operator==(const relup_spec&, const relup_spec&) = default;
};

}  // namespace instar::appup
