// A release's own word on whether it is well: a function of its modules, or a
// program.
#pragma once

#include "appup/release.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

#include <chrono>

namespace instar {
class runtime;
}

namespace instar::release_handler {

/// Between two of them, and for one: a check that takes longer says no.
inline constexpr std::chrono::seconds health_interval{1};
inline constexpr std::chrono::seconds health_patience{5};

/// Whether the release says how it is.
bool has_health_check(const appup::probation_spec& of);
/// Done where it has no health check. `root` is the node's folder. Not from a
/// worker. Errors: probation_failed, those of apply.
result<> check_health(runtime& node, const appup::probation_spec& of,
                      const path& root);

}  // namespace instar::release_handler
