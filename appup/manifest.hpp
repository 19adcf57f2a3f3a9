// Manifests with the places of what other files may contradict: what make_relup
// works with. Private to appup; the public readers drop the places. Any thread.
#pragma once

#include "appup/app.hpp"
#include "appup/appup.hpp"
#include "appup/diagnostic.hpp"
#include "appup/release.hpp"
#include "appup/relup.hpp"
#include "base/file_system.hpp"

#include <optional>
#include <string>
#include <vector>

namespace instar::appup {

struct app_manifest {
  app_spec spec;
  source_position where;
  text_position application_at;
  text_position vsn_at;
  /// False where an error may hide one.
  bool has_all_modules = false;
  std::vector<text_position> modules_at;
  std::vector<text_position> registered_at;
  std::vector<text_position> applications_at;
  std::vector<text_position> included_at;
};

struct release_manifest {
  release_spec spec;
  source_position where;
  text_position runtime_at;
  /// False where an error may hide one.
  bool has_all_applications = false;
  /// Each application's entry.
  std::vector<text_position> applications_at;
};

/// With errors the manifest has what could be read of it, so that other files
/// can be checked against it; it is absent where nothing could.
template <class Manifest>
struct manifest_answer {
  std::optional<Manifest> read;
  diagnostics errors;

  bool ok() const { return errors.empty(); }
};

manifest_answer<app_manifest> read_app_manifest(file_system& files,
                                                const path& file);
manifest_answer<release_manifest> read_release_manifest(file_system& files,
                                                        const path& file);
/// Instructions with errors are in it as `malformed`, and a regular expression
/// is not compiled: an upgrade that does not reach them does not need them.
manifest_answer<appup_spec> read_appup_manifest(file_system& files,
                                                const path& file);

/// Whether the whole version matches; bad_regex as the error.
struct match_answer {
  bool matches = false;
  std::optional<diagnostic> error;
};
match_answer matches(const appup_entry& entry, const std::string& vsn);

}  // namespace instar::appup
