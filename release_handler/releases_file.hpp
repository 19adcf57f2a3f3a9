// releases/RELEASES.yaml: which releases a node has, and which one a restart
// starts. Written by us, so unknown keys are ignored: an older runtime can
// start after a downgrade. As OTP's RELEASES. One thread at a time.
//
//     format: 1
//     releases:
//       - name: "counterd"
//         vsn: "2"
//         runtime: "0.1.0"
//         status: unpacked            # unpacked, permanent or old
//         libs:
//           - {name: "counter", vsn: "1.1.0"}
//
// Invariants: no version twice; exactly one release is permanent; `current` is
// never stored, but written as `unpacked`, so that a restart after an
// installation that nobody made permanent starts the permanent release.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace instar::release_handler {

/// OTP's statuses. The running release is the current one, else the permanent.
enum class release_status {
  unpacked,   ///< on disk, never run since
  current,    ///< it runs, but a restart starts the permanent one
  permanent,  ///< a restart starts it
  old,        ///< it ran before
};

const char* to_string(release_status status);

/// An application of a version: the folder lib/NAME-VSN.
struct lib_id {
  std::string name;
  std::string vsn;

  std::string folder_name() const { return name + "-" + vsn; }
  friend bool operator==(const lib_id&, const lib_id&) = default;
  friend auto operator<=>(const lib_id&, const lib_id&) = default;
};

/// The two parts of a folder name like `kv-1.0.0`. Errors: bad_package.
result<lib_id> to_lib_id(std::string_view folder_name);

struct release_record {
  std::string name;
  std::string vsn;
  /// The runtime's version; empty: not said.
  std::string runtime;
  std::vector<lib_id> libs;
  release_status status = release_status::unpacked;

  friend bool operator==(const release_record&,
                         const release_record&) = default;
};

/// In the order of unpacking. Errors: bad_releases_file, with file, line and
/// column of each.
result<std::vector<release_record>> read_releases(file_system& files,
                                                  const path& file);

/// The releases as a restart reads them: the current one is unpacked.
std::vector<release_record> as_stored(std::vector<release_record> releases);

/// Replaces the file whole, durably. Errors: the system's.
result<> write_releases(file_system& files, const path& file,
                        std::span<const release_record> releases);

}  // namespace instar::release_handler
