// Why an instruction stands in a relup, and why in that place: who wrote what it
// comes from, and which rules of the translation (OTP's systools_rc) made and
// placed it. For people; `relup make --explain`.
#pragma once

#include "appup/source.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace instar::appup {

/// The rule that made an instruction.
enum class reason : std::uint8_t {
  as_written,
  reads_object_code,
  point_of_no_return,
  suspends,
  loads,
  converts,
  resumes,
  deletes,
  starts_application,
  loads_application,
  stops_application,
  unloads_application,
  removes_modules,
  restarts_into_runtime,
  restarts_at_end,
};

/// The rule that put it where it is.
enum class place : std::uint8_t {
  as_written,
  with_object_code,
  before_point_of_no_return,
  at_point_of_no_return,
  block_start,
  block_loads_up,
  block_loads_down,
  block_converts_up,
  block_converts_before_load,
  block_converts_after_load,
  block_end,
  added_applications,
  removed_applications,
  first_of_all,
  last_of_all,
};

/// Of static storage: `suspends`.
const char* tag_of(reason why);
const char* tag_of(place here);
/// A sentence without its full stop.
const char* text_of(reason why);
const char* text_of(place here);

struct explanation {
  struct origin {
    /// No file: an option of the command.
    source_position where;
    /// `update kv_shard`.
    std::string written;
  };
  /// What it comes from, in the order of its parts; empty: nobody wrote it.
  std::vector<origin> origins;
  reason why = reason::as_written;
  place here = place::as_written;
  /// Of a block: what stands first of it in the appups.
  std::vector<origin> block;
};

/// Of each instruction of a script.
using explanations = std::vector<explanation>;

/// The lines of a comment, without its marks.
std::vector<std::string> to_lines(const explanation& of);

}  // namespace instar::appup
