// Module files that go over together, without an appup.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "module/change.hpp"
#include "runtime/runtime.hpp"
#include "runtime/upgrade.hpp"

#include <vector>

namespace instar::testing {

/// Loads the files and takes the modules over, all or none. Not from a worker.
/// Errors: module files', no_such_module, undef, upgrade's.
result<upgrade_report> change_modules(runtime& node,
                                      const std::vector<path>& files,
                                      direction way, const value& extra);

}  // namespace instar::testing
