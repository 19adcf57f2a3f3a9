// Making packages, on the build machine. Any thread.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/package_path.hpp"

#include <optional>
#include <vector>

namespace instar::release_handler {

struct pack_options {
  /// The release to pack; relup.yaml and config.yaml beside it go with it.
  path release_file;
  /// Folders that hold the applications as APP-VSN; the first that has one
  /// wins.
  std::vector<path> lib_folders;
  /// The release's own runtime, to be packed as runtime-VSN.
  std::optional<path> runtime_folder;
  path output;
  package_limits limits = {};
};

/// Packs a release with all its applications and a MANIFEST as a .tar.zst.
/// Equal input gives equal bytes: entries are sorted and have no time, no owner
/// and mode 0644 or 0755. Files are real ones. Errors: no_such_application,
/// bad_release_file, package_link, package_device, package_too_large, appup's
/// for manifests, the system's. A failure leaves no output.
result<> pack_release(file_system& files, const pack_options& options);

}  // namespace instar::release_handler
