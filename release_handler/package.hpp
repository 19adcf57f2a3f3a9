// A package: what brings a release to a node. It is a folder, or a .tar.zst
// file of one, with
//
//     lib/APP-VSN/...          the applications that the node may not have yet
//     releases/VSN/            release.yaml, relup.yaml, config.yaml ...
//     runtime-VSN/             where the release brings its own runtime
//     MANIFEST                 SHA-256 of every file
//
// and PACKAGE.minisig beside it, where it is a file and signed.
//
// It is copied or extracted into a staging folder and checked there; nothing
// else on the node changes. One thread at a time.
#pragma once

#include "appup/release.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/package_rules.hpp"
#include "release_handler/releases_file.hpp"

#include <span>
#include <string>
#include <vector>

namespace instar::release_handler {

/// A package whose contents were found to be right.
struct staged_package {
  path staging;
  appup::release_spec release;
  /// The folders in its lib/, sorted.
  std::vector<lib_id> libs;
  bool has_runtime = false;
};

/// Brings `package` into the folder `staging` and checks all of it: its
/// signature before anything else, paths, links, sizes, MANIFEST (which may be
/// missing in an unsigned package), exactly one release, release.yaml, the
/// floor, and that each of its applications is in the package or in `node_lib`
/// already with that version. All of it is durable afterwards. A failure leaves
/// nothing in `staging`. Errors: check_signature's, no_such_file, bad_package,
/// package_path, package_link, package_device, package_too_large, package_hash,
/// bad_release_file, below_floor, no_such_application, those of appup for the
/// manifests, the system's.
result<staged_package> stage_package(file_system& files, const path& package,
                                     const path& staging, const path& node_lib,
                                     const package_rules& rules = {});

/// The applications of a release as folders of lib/.
std::vector<lib_id> libs_of(const appup::release_spec& release);

/// A release as RELEASES.yaml has it, unpacked.
release_record record_of(const appup::release_spec& release);

/// Whether lib/NAME-VSN in one of `lib_folders` holds that application: the
/// folder, of the first that has it. Errors: no_such_application,
/// bad_release_file, appup's for app.yaml.
result<path> find_lib(file_system& files, const lib_id& lib,
                      std::span<const path> lib_folders);

/// A folder's entries, below one another.
struct folder_contents {
  /// Paths in the folder, sorted.
  std::vector<std::string> files, folders;
};

/// Everything below `folder`. Errors: package_link, package_device,
/// package_too_large (entries, depth), package_path, the system's.
result<folder_contents> contents_of(file_system& files, const path& folder,
                                    const package_limits& limits);

}  // namespace instar::release_handler
