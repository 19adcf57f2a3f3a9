// From the scripts of one direction to one low-level script, in steps. Private
// to appup. As OTP systools_rc:translate_scripts. One thread.
//
// Instructions are borrowed from the appups (and `made`) and moved about as
// pointers, so that every low-level instruction knows who wrote it.
#pragma once

#include "appup/explanation.hpp"
#include "appup/instruction.hpp"
#include "appup/loaded_release.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace instar::appup {

using instruction_list = std::vector<const written_instruction*>;

/// Why there is a script, in the order in which scripts stand.
enum class script_kind : std::uint8_t {
  new_runtime,
  added_application,
  appup,
  removed_application,
  restart_option,
};

struct application_script {
  script_kind kind = script_kind::appup;
  instruction_list instructions;
  /// The application; null where it is of none.
  const loaded_app* app = nullptr;
  /// The entry of its appup that matched; for an appup only.
  const appup_entry* entry = nullptr;
};

/// A low-level instruction and the written one that it comes from.
struct placed_instruction {
  low_level what;
  const written_instruction* origin = nullptr;
  reason why = reason::as_written;
  place here = place::as_written;
  /// The block's first instruction in the scripts; null: not of a block.
  const written_instruction* block = nullptr;
  /// Of an instruction for several, those after `origin`.
  instruction_list also = {};
};

struct translation {
  direction way = direction::up;
  const loaded_release* target = nullptr;
  const loaded_release* source = nullptr;
  std::vector<application_script> scripts;
  /// Something with an error was left out: what is missed may be in it.
  bool is_partial = false;
  /// Where `finish_script` says why; null: nobody asks.
  explanations* explained = nullptr;
  /// Instructions that no author wrote. Elements never move.
  std::deque<written_instruction> made;

  /// What may precede the point of no return, and the rest.
  instruction_list before;
  instruction_list after;
  /// The points of no return that were written.
  instruction_list points;
  /// The result.
  std::vector<placed_instruction> before_placed;
  std::vector<placed_instruction> after_placed;
  std::vector<placed_instruction> object_code;

  /// For `origin`, which stays where it is.
  const written_instruction* make(high_level what,
                                  const written_instruction& origin);
  const written_instruction* make(low_level what,
                                  const written_instruction& origin);
};

// The steps, in OTP's order, which decides the error that is reported first.
// Each adds the errors that it finds and leaves out what they make useless; the
// next steps are taken all the same, for the errors that do not follow from
// those.

/// scripts -> before, after, points: at each script's point of no return.
void split_scripts(translation& work, diagnostics& errors);
/// Takes the malformed ones out.
void check_syntax(translation& work, diagnostics& errors);
/// load without object code, suspend without resume, stop without start; warns
/// of what OTP leaves unchecked.
void check_balance(const translation& work, diagnostics& errors,
                   diagnostics& warnings);
/// after: application instructions become module instructions and applies.
void translate_applications(translation& work, diagnostics& errors);
/// after -> after_placed, object_code: module instructions become one block per
/// component of their dependency graph.
void translate_modules(translation& work, diagnostics& errors);
/// before -> before_placed: load_object_code, merged by application, then the
/// rest.
void merge_object_code(translation& work, diagnostics& errors);
/// All of it as one script, the restarts in their places.
script finish_script(translation& work);
/// Of a finished script, each in its place.
explanations explain(const translation& work,
                     const std::vector<placed_instruction>& all);

/// All steps. With errors the script is empty.
script translate(translation& work, diagnostics& errors, diagnostics& warnings);

}  // namespace instar::appup
