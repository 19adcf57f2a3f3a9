// Which paths a package may hold, and how much. A package is untrusted until
// its manifest is checked, so this comes before any of its bytes touch a disk.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace instar::release_handler {

/// What a package may cost a node at most.
struct package_limits {
  std::uint64_t file_bytes = std::uint64_t{1} << 30U;
  /// All files together, unpacked.
  std::uint64_t total_bytes = std::uint64_t{4} << 30U;
  /// Files and folders.
  std::size_t entries = 100'000;
  std::size_t depth = 32;
  /// Unpacked bytes for each packed one, beyond the first 64 MiB.
  std::uint64_t ratio = 200;
};

/// The path of an entry, as `lib/kv-1.0/app.yaml`: a leading `./` and a final
/// `/` are dropped, the package's own folder (`.`) is empty. Any thread.
/// Errors: package_path (absolute, `..`, an empty part, a control character or
/// a backslash, a part over 255 bytes, deeper than the limit).
result<std::string> package_entry_path(std::string_view written,
                                       const package_limits& limits);

}  // namespace instar::release_handler
