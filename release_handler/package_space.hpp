// Whether a package fits on the node's disk, before any of it is written.
#pragma once

#include "base/result.hpp"
#include "release_handler/package_rules.hpp"

#include <cstdint>

namespace instar::release_handler {

/// Left to the node: journal, history, RELEASES.yaml, logs.
inline constexpr std::uint64_t reserved_bytes = std::uint64_t{4} << 20U;

/// A file's blocks of 4096 bytes, and what its name takes.
constexpr std::uint64_t bytes_on_disk(std::uint64_t size) {
  constexpr std::uint64_t block = 4096;
  return (size / block + 2) * block;
}

/// `folder` is where the package goes, and exists. Nothing where nobody knows how
/// much is free. Errors: no_space, with both numbers.
result<> check_space(const path& package, std::uint64_t needed_bytes,
                     const path& folder, const package_rules& rules);

}  // namespace instar::release_handler
