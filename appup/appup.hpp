// How one application goes from other versions to this one and back, as data:
// appup.yaml. As OTP's .appup.
#pragma once

#include "appup/instruction.hpp"
#include "appup/source.hpp"

#include <string>
#include <variant>
#include <vector>

namespace instar::appup {

/// Matches one version.
struct exact_vsn {
  std::string vsn;
};

/// Matches the versions that the whole of `pattern` (Perl syntax) matches. It
/// is compiled only when it is reached, as OTP does.
struct regex_vsn {
  std::string pattern;
};

struct appup_entry {
  std::variant<exact_vsn, regex_vsn> from;
  /// Where the version or pattern stands.
  source_position where;
  std::vector<written_instruction> instructions;
};

/// The first entry that matches counts.
struct appup_spec {
  std::string vsn;
  source_position vsn_at;
  std::vector<appup_entry> up;
  std::vector<appup_entry> down;
  source_position up_at;
  source_position down_at;
  /// Entries of a wrong shape, which are skipped.
  diagnostics warnings;
};

}  // namespace instar::appup
