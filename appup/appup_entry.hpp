// Finding an appup's entry for a version. Private to appup. Any thread.
#pragma once

#include "appup/appup.hpp"
#include "appup/instruction.hpp"

#include <string>
#include <vector>

namespace instar::appup {

/// `"1.0"` or `/1\..*/`, for messages.
std::string described(const appup_entry& entry);

inline const std::vector<appup_entry>& entries_of(const appup_spec& spec,
                                                  direction way) {
  return way == direction::up ? spec.up : spec.down;
}

/// The first entry that matches the version; null where none does, and with the
/// error where a regular expression that is reached is bad.
const appup_entry* match_entry(const appup_spec& spec, direction way,
                               const std::string& vsn, diagnostics& errors);

/// What has no way: the application of an appup.
struct appup_owner {
  std::string name;
  std::string vsn;
};
/// no_relup, with the versions that there are.
void report_no_relup(const appup_owner& of, const appup_spec& spec,
                     direction way, const std::string& vsn,
                     diagnostics& errors);
/// bad_vsn where the appup is another version's.
void warn_bad_vsn(const appup_owner& of, const appup_spec& spec,
                  diagnostics& warnings);

}  // namespace instar::appup
