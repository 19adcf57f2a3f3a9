// How much a disk has left.
#pragma once

#include "base/file_system.hpp"

#include <cstdint>
#include <optional>

namespace instar::release_handler {

/// What the caller may still write to the file system that holds `folder`; none
/// where that cannot be told. Any thread.
std::optional<std::uint64_t> free_disk_bytes(const path& folder);

}  // namespace instar::release_handler
