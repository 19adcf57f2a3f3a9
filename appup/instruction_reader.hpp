// One instruction from its node: defaults filled in, syntax checked. Private to
// appup. As OTP systools_rc's expand_script and check_syntax. Any thread.
#pragma once

#include "appup/document.hpp"
#include "appup/form.hpp"
#include "appup/instruction.hpp"

#include <vector>

namespace instar::appup {

enum class defaults {
  filled_in,
  /// Inside a list that stands for its elements OTP fills in nothing.
  required,
};

/// What is wrong is kept in a `malformed`.
written_instruction read_instruction(const node& from,
                                     defaults mode = defaults::filled_in);

/// A whole script; a list among the instructions is spliced into it.
std::vector<written_instruction> read_instructions(const node& sequence);

/// `{module: M, function: F, args: [...]}`. A missing key is reported with
/// `shape`, at `at`; other keys are the caller's to check.
std::optional<mfa> read_mfa(const node& from, std::string_view what,
                            const node& at, errc shape, collector& to);

/// A start type, or the error with `tag`.
std::optional<start_type> read_start_type(const node& from, errc tag,
                                          collector& to);

}  // namespace instar::appup
