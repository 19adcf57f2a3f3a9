// Two versions of an application read from their folders, to be compared. Runs
// no module code. Any thread.
#pragma once

#include "appup/appup_proposal.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

#include <optional>
#include <vector>

namespace instar::cli {

struct read_versions {
  /// Empty where there are errors.
  std::optional<appup::application_versions> read;
  /// All that is wrong with either, in the order of finding.
  std::vector<failure> errors;
};

/// Reads app.yaml and each module file of both. Errors: those of the manifests
/// and of module files, no_such_file, bad_application (a file of another module
/// or version; two folders of one version, or of two applications).
read_versions read_application_versions(file_system& files, const path& older,
                                        const path& newer);

}  // namespace instar::cli
