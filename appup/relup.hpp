// How a release goes from other releases to this one and back: relup.yaml, made
// by make_relup and carried out by the release handler. As OTP's relup(4).
#pragma once

#include "appup/instruction.hpp"

#include <string>
#include <vector>

namespace instar::appup {

/// The way from (up) or to (down) the release `vsn`: a script, or other releases
/// to go through, each hop by its own relup.
struct relup_entry {
  std::string vsn;
  std::string description;
  appup::script script;
  /// In the order of travel; empty: the script is the way. Ours.
  std::vector<std::string> via = {};

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
