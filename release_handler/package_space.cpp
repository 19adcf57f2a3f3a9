#include "release_handler/package_space.hpp"

#include "release_handler/errors.hpp"

#include <fmt/format.h>

namespace instar::release_handler {
namespace {

std::string in_mib(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1U << 20U));
}

}  // namespace

result<> check_space(const path& package, std::uint64_t needed_bytes,
                     const path& folder, const package_rules& rules) {
  const auto left = rules.free_bytes(folder);
  if (!left || needed_bytes + reserved_bytes <= *left)
    return {};
  return failure(
      errc::no_space,
      fmt::format("{} needs {} on the disk of {}, which has {} free ({} of "
                  "which stay reserved for the node's own records): free some, "
                  "or remove old releases",
                  package.string(), in_mib(needed_bytes), folder.string(),
                  in_mib(*left), in_mib(reserved_bytes)));
}

}  // namespace instar::release_handler
