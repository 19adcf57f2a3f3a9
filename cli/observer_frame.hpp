// What the observer puts on the screen: lines of text, each with a look. A pure
// function of the state and the room there is.
#pragma once

#include "cli/observer_state.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace instar::cli {

enum class line_look { plain, title, heading, alarm, faint };

struct frame_line {
  std::string text;
  line_look look = line_look::plain;
};
using frame = std::vector<frame_line>;

/// Less room than this is too small to show anything.
inline constexpr screen_size least_screen{40, 10};

/// As many lines as `size` has rows at most, none wider than its columns and
/// without a character that a terminal would obey.
frame draw(const observer_state& state, screen_size size);

/// How many rows of a view's content fit.
std::size_t page_rows(screen_size size);
/// How far down one may go in the view that is shown.
std::size_t last_scroll(const observer_state& state, screen_size size);

/// The first `columns` of it, as the locale's terminal shows them: what takes no
/// column, and what is no character there, as `?`.
std::string cut(std::string_view text, std::size_t columns);

}  // namespace instar::cli
