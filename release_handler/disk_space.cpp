#include "release_handler/disk_space.hpp"

#include <sys/statvfs.h>

namespace instar::release_handler {

std::optional<std::uint64_t> free_disk_bytes(const path& folder) {
  struct statvfs about {};
  if (::statvfs(folder.c_str(), &about) != 0)
    return std::nullopt;
  return std::uint64_t{about.f_bavail} * std::uint64_t{about.f_frsize};
}

}  // namespace instar::release_handler
