// The children of a node's supervisors, found by asking them.
#pragma once

#include "base/result.hpp"
#include "runtime/pid.hpp"
#include "runtime/supervisor.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace instar {
class runtime;
}

namespace instar::release_handler {

/// How long an effect may take.
inline constexpr std::chrono::minutes effect_patience{5};

struct found_child {
  pid supervisor;
  child_info about;
};

/// Every child of every running application's tree, each supervisor's own before
/// those below it. Not from a worker. Errors: suspended_supervisor, those of a call.
result<std::vector<found_child>> all_children(runtime& node);

/// Those that a stop of these modules ends: their specification names one of
/// them, or leaves that to them and they do. As in OTP, children of a
/// simple_one_for_one are left out. Likewise; get_modules_failed.
result<std::vector<found_child>> children_of(
    runtime& node, const std::vector<std::string>& modules);

/// Whether a module is in both lists.
bool concerns(const std::vector<std::string>& wanted,
              const std::vector<std::string>& modules);

}  // namespace instar::release_handler
