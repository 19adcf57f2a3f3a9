// The content of each of the observer's views. Private to observer_frame.
#pragma once

#include "cli/observer_frame.hpp"

namespace instar::cli {

/// Lines that stay, and rows that scroll below them.
struct view_content {
  frame heading;
  frame rows;
};

view_content tree_content(const observer_state& state);
view_content process_content(const observer_state& state);
view_content scheduler_content(const observer_state& state);
view_content upgrade_content(const observer_state& state);
view_content help_content();

}  // namespace instar::cli
