// What a node demands of a package.
#pragma once

#include "release_handler/disk_space.hpp"
#include "release_handler/minisign.hpp"
#include "release_handler/package_path.hpp"

#include <cstdint>
#include <functional>
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
  /// How much the disk of a folder has left; none: nobody knows.
  std::function<std::optional<std::uint64_t>(const path&)> free_bytes =
      instar::release_handler::free_disk_bytes;
};

}  // namespace instar::release_handler
