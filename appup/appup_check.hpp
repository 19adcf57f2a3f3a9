// One appup by itself: against its app.yaml and, where the older version's
// folder is given, against that. What `appup check` does. Reads through a file
// system and runs no module code.
//
// Errors are the translation's: of each entry by itself, with what the two
// app.yaml say. What other applications have (their modules, their versions) is
// not known, so that is left to `relup make`. Any thread.
#pragma once

#include "appup/diagnostic.hpp"
#include "base/file_system.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace instar::appup {

struct appup_check_request {
  /// Must outlive the call.
  file_system* files = nullptr;
  /// The appup, beside its app.yaml; or the application's folder.
  path appup;
  /// The same application in the older version. Without it every entry is
  /// checked against what app.yaml tells, and changes are not looked for.
  std::optional<path> old_folder;
  bool warnings_as_errors = false;
};

struct appup_check_answer {
  std::string application;
  std::string vsn;
  /// Empty: not given, or not read.
  std::string old_vsn;
  /// How many entries were checked.
  std::size_t up = 0;
  std::size_t down = 0;
  /// Both in the order of their places.
  diagnostics errors;
  diagnostics warnings;
  /// What could not be told, and why.
  std::vector<std::string> notes;

  bool ok() const { return errors.empty(); }
};

appup_check_answer check_appup(const appup_check_request& request);

}  // namespace instar::appup
