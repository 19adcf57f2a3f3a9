// Whether an application's folder is complete and right, as `app check` says.
// Runs no module code. Any thread.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace instar::cli {

struct application_verdict {
  std::string application;
  std::string vsn;
  /// In the order of finding.
  std::vector<failure> errors;
  std::vector<std::string> warnings;
  /// Files of modules/ that were checked.
  std::size_t modules = 0;
};

/// Reads app.yaml, appup.yaml where there is one, and each module file.
application_verdict check_application(file_system& files, const path& folder);

}  // namespace instar::cli
