// The script that takes one application of a running set from its version to
// another one: straight from its appup, no release involved. As OTP
// release_handler:upgrade_script/2 and downgrade_script/3, translated.
#pragma once

#include "appup/release.hpp"
#include "appup/relup.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace instar::appup {

struct application_script_request {
  /// Must outlive the call.
  file_system* files = nullptr;
  /// Up: the appup of version `to` says how; down: that of the one that runs.
  direction way = direction::up;
  std::string application;
  std::string to;
  /// All applications, each in the version that runs; `application` is one.
  std::vector<release_app> running;
  /// Folders that hold APP-VSN folders; the first that has one wins.
  std::vector<path> lib_folders;
  /// A file with a list of instructions, which stands for the appup's.
  std::optional<path> instructions;
};

/// Errors: no_relup (the appup has no entry for the version), file_problem (there
/// is no appup), and all of make_relup. Any thread.
result<script> make_application_script(const application_script_request& of);

}  // namespace instar::appup
