// A start in another release that was asked for and is not decided yet:
// releases/boot.json. As OTP's status tmp_current and its new_start_erl.data: the
// release gets one start, and what comes after that starts the permanent one.
//
//   asked    an installation asks for it, then the node starts itself anew
//   trying   written before anything of the release is started
//   failed   it did not come up; `why`
//   (none)   it runs, and the history has it; or none was asked for
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace instar::release_handler {

struct boot_record {
  enum class state { asked, trying, failed };

  /// The journal's, of the operation that asked for it.
  std::string id;
  /// `install` or `rollback`.
  std::string operation;
  std::string from;
  std::string to;
  std::string by;
  /// Whether the release is made permanent once it is up.
  bool commits = false;
  state now = state::asked;
  /// Of `failed`.
  std::string why;
};

/// None where no start was asked for. Errors: bad_boot_record, the system's.
result<std::optional<boot_record>> read_boot_record(file_system& files,
                                                    const path& root);
/// Replaces it whole, durably. Errors: the system's.
result<> write_boot_record(file_system& files, const path& root,
                           const boot_record& of);
/// Durably; nothing where there is none. Errors: the system's.
result<> remove_boot_record(file_system& files, const path& root);

}  // namespace instar::release_handler
