// What is wrong with a text that is no YAML: in words, and at the place that
// its author has to mend. The parser only knows where it could not go on, which
// may be many lines later. Private to appup. Any thread.
#pragma once

#include "appup/source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instar::appup {

enum class yaml_fault : std::uint8_t {
  bracket,      ///< a [ or { is not closed, or a ] or } closes nothing
  indentation,  ///< a line that belongs to nothing above it
  key,          ///< a colon without a key
  list_item,    ///< "- " behind a key
  character,    ///< a value begins with a character that none may begin with
  quote,        ///< a quote is not closed
  other,
};

/// A list or map that was not at its end, in brackets or by indentation.
struct open_collection {
  text_position at;
  bool is_map = false;
  bool has_brackets = false;
};

struct yaml_failure {
  yaml_fault what = yaml_fault::other;
  /// Where the parser stopped.
  text_position at;
  /// The parser's own words, for what has none here.
  std::string words;
  /// Innermost last.
  std::vector<open_collection> open;
  /// Those that ended last, which the line might have gone on with.
  std::vector<open_collection> closed;
};

using placed_message = std::pair<text_position, std::string>;

placed_message describe(std::string_view text, const yaml_failure& failure);

/// The [ or { of a flow collection that is never closed, or the bracket that
/// closes another one.
std::optional<placed_message> find_bad_bracket(std::string_view text);

/// The bracket with this index among those that are open at the end of `text`,
/// counted from the outermost.
std::optional<text_position> place_of_open_bracket(std::string_view text,
                                                   std::size_t index);

/// Whether the quoted scalar at `offset` has its end. (yaml-cpp takes the end
/// of the file for one.)
bool is_closed_quote(std::string_view text, std::size_t offset);

/// Where a value is missing: the last `-` before `offset`, which is in `line`.
std::optional<text_position> place_of_empty_item(std::string_view text,
                                                 std::size_t offset,
                                                 std::uint32_t line);

}  // namespace instar::appup
