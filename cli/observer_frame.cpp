#include "cli/observer_frame.hpp"

#include "cli/observer_content.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cwchar>
#include <iterator>
#include <utility>

namespace instar::cli {
namespace {

/// The title, two lines about the node, and the keys.
constexpr std::size_t lines_around = 4;
/// What a view has above its rows at most.
constexpr std::size_t most_heading = 2;

view_content content_of(const observer_state& state) {
  if (state.shows_help)
    return help_content();
  switch (state.view) {
    case observer_view::tree:
      return tree_content(state);
    case observer_view::processes:
      return process_content(state);
    case observer_view::schedulers:
      return scheduler_content(state);
    case observer_view::upgrades:
      break;
  }
  return upgrade_content(state);
}

std::string title(const observer_state& state) {
  if (state.status.empty())
    return "instar observer  " + state.node;
  return fmt::format("instar observer  {} {} ({})  {}",
                     field(state.status, "release"), field(state.status, "vsn"),
                     field(state.status, "status"), state.node);
}

/// What every view tells of the node.
frame_line about(const observer_state& state) {
  if (!state.lost.empty())
    return {"LOST  " + state.lost + "; trying again", line_look::alarm};
  if (!state.refusal.empty())
    return {"REFUSED  " + state.refusal, line_look::alarm};
  if (state.status.empty())
    return {"asking the node", line_look::faint};
  auto text = fmt::format(
      "up {}  {} processes  {} connections  {} crashes",
      uptime(std::chrono::milliseconds(number(state.status, "uptime_ms"))),
      number(state.status, "processes"), number(state.status, "connections"),
      number(state.status, "crashes"));
  const auto* upgrade = state.status.if_contains("upgrade");
  if (upgrade != nullptr && upgrade->is_object()) {
    text += fmt::format("  {}{}{}{}", field(upgrade->get_object(), "operation"),
                        state.phase.empty() ? "" : ": ", state.phase,
                        state.phase_progress);
    return {text, line_look::heading};
  }
  const auto* alarm = state.status.if_contains("alarm");
  if (alarm != nullptr && alarm->is_string())
    return {"ALARM  " + field(state.status, "alarm"), line_look::alarm};
  return {text, line_look::plain};
}

std::string tabs(const observer_state& state) {
  std::string text;
  for (std::size_t i = 0; i < observer_views.size(); ++i) {
    const bool is_shown = i == static_cast<std::size_t>(state.view);
    text += fmt::format("{}{} {}{} ", is_shown ? '[' : ' ', i + 1,
                        observer_views[i], is_shown ? ']' : ' ');
  }
  if (state.is_once)
    return text;
  if (state.is_paused)
    return text + " PAUSED";
  return text + fmt::format(" every {} s",
                            static_cast<double>(state.interval.count()) / 1e3);
}

std::string keys(const observer_state& state) {
  if (state.typed)
    return "names: " + *state.typed + "_";
  std::string text = "q quit  ? help  p pause  + - interval  Tab view";
  if (state.view == observer_view::processes)
    text += "  s sort  r reverse  / names";
  return text;
}

bool is_too_small(screen_size size) {
  return size.columns < least_screen.columns || size.rows < least_screen.rows;
}

}  // namespace

std::string cut(std::string_view text, std::size_t columns) {
  const auto clean = printable(text);
  std::string shown;
  std::size_t used = 0;
  std::mbstate_t so_far{};
  const auto* at = clean.data();
  auto left = clean.size();
  while (left > 0) {
    wchar_t one = 0;
    const auto size = std::mbrtowc(&one, at, left, &so_far);
    const bool is_character = size != 0 && size <= left;
    const auto width = is_character ? ::wcwidth(one) : 0;
    const auto cells = width > 0 ? static_cast<std::size_t>(width) : 1;
    if (used + cells > columns)
      break;
    if (width > 0) {
      shown.append(at, size);
    } else {
      shown += '?';
    }
    if (!is_character)
      so_far = {};
    const auto bytes = is_character ? size : 1;
    at += bytes;
    left -= bytes;
    used += cells;
  }
  return shown;
}

std::size_t page_rows(screen_size size) {
  return is_too_small(size) ? 0 : size.rows - lines_around - most_heading;
}

std::size_t last_scroll(const observer_state& state, screen_size size) {
  if (state.shows_help || is_too_small(size))
    return 0;
  const auto content = content_of(state);
  const auto room = size.rows - lines_around - content.heading.size();
  return content.rows.size() - std::min(room, content.rows.size());
}

frame draw(const observer_state& state, screen_size size) {
  frame made;
  if (is_too_small(size)) {
    made.push_back({fmt::format("too small: {} x {} are needed",
                                least_screen.columns, least_screen.rows),
                    line_look::alarm});
    made.resize(std::min(made.size(), size.rows));
  } else {
    auto content = content_of(state);
    made.push_back({title(state), line_look::title});
    made.push_back(about(state));
    made.push_back({tabs(state), line_look::plain});
    std::move(content.heading.begin(), content.heading.end(),
              std::back_inserter(made));
    const auto first =
        state.shows_help
            ? 0
            : std::min(state.scroll.at(static_cast<std::size_t>(state.view)),
                       last_scroll(state, size));
    for (auto i = first; i < content.rows.size() && made.size() + 1 < size.rows;
         ++i)
      made.push_back(std::move(content.rows[i]));
    made.resize(size.rows - 1);
    made.push_back({keys(state), line_look::faint});
  }
  for (auto& one : made)
    one.text = cut(one.text, size.columns);
  return made;
}

}  // namespace instar::cli
