// From two releases and their appups to a relup: what `relup make` does. Reads
// through a file system, writes nothing. As OTP systools:make_relup/4.
#pragma once

#include "appup/diagnostic.hpp"
#include "appup/explanation.hpp"
#include "appup/relup.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

#include <optional>
#include <vector>

namespace instar::appup {

struct make_relup_request {
  /// Must outlive the call.
  file_system* files = nullptr;
  /// The new release's release.yaml.
  path release;
  /// Releases to upgrade from; their release.yaml.
  std::vector<path> up_from;
  /// Releases to go back to; absent: the same as up_from.
  std::optional<std::vector<path>> down_to;
  /// Folders that hold APP-VSN folders; the first that has one wins.
  std::vector<path> lib_folders;
  /// Ends every script with restart_emulator.
  bool restart_emulator = false;
  bool warnings_as_errors = false;
  /// Where no script leads between two releases, a way through other bases is
  /// looked for.
  bool chain = false;
  /// Whether the answer says why.
  bool explain = false;
};

/// Why, for each entry of a relup; none for one that goes through others.
struct relup_explanations {
  std::vector<explanations> up;
  std::vector<explanations> down;
};

struct make_relup_answer {
  /// Absent if there are errors.
  std::optional<relup_spec> relup;
  /// Only if asked for.
  std::optional<relup_explanations> explained;
  /// Newest first, those of the way down before those of the way up, as in OTP.
  diagnostics warnings;
  /// All independent ones of the place where the first stands.
  diagnostics errors;

  bool ok() const { return relup.has_value(); }
  /// The relup, or the errors as one failure.
  result<relup_spec> to_result() const;
};

/// Whether nothing else is wrong than that there is no appup at all, or none with
/// the versions in question.
bool is_way_missing(const diagnostics& errors);

/// Entries are in the reverse order of the bases given, as in OTP. Any thread.
make_relup_answer make_relup(const make_relup_request& request);

}  // namespace instar::appup
