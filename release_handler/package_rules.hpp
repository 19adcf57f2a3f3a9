// What a node demands of a package.
#pragma once

#include "release_handler/minisign.hpp"
#include "release_handler/package_path.hpp"

#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {

/// The default trusts whoever calls. A node fills it from instar.yaml, whose
/// default is the reverse: unsigned packages are refused.
struct package_rules {
  package_limits limits;
  std::vector<minisign::public_key> trusted_keys;
  /// Takes packages without a signature, and folders, which have none. A
  /// signature that is there is checked all the same, unless there are no keys.
  bool allow_unsigned = true;
  /// Releases below it are refused, in the order of compare_vsn.
  std::optional<std::string> floor;
};

}  // namespace instar::release_handler
