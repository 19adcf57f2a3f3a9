#include "cli/observer_state.hpp"

#include "cli/observer_frame.hpp"
#include "cli/text.hpp"
#include "cli/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::cli {
namespace {

constexpr std::size_t events_kept = 200;
constexpr std::size_t longest_pattern = 100;
/// Asked for beyond what is on the screen, so that one may scroll.
constexpr std::size_t rows_ahead = 100;
constexpr std::array intervals = {
    std::chrono::milliseconds(100),   std::chrono::milliseconds(200),
    std::chrono::milliseconds(500),   std::chrono::milliseconds(1000),
    std::chrono::milliseconds(2000),  std::chrono::milliseconds(5000),
    std::chrono::milliseconds(10000), std::chrono::milliseconds(30000),
    std::chrono::milliseconds(60000)};

std::size_t& scroll_of(observer_state& state) {
  return state.scroll.at(static_cast<std::size_t>(state.view));
}

observer_step scroll_to(observer_state& state, std::ptrdiff_t by,
                        screen_size size) {
  auto& scroll = scroll_of(state);
  const auto most = static_cast<std::ptrdiff_t>(last_scroll(state, size));
  const auto to = std::clamp<std::ptrdiff_t>(
      static_cast<std::ptrdiff_t>(scroll) + by, 0, most);
  if (static_cast<std::size_t>(to) == scroll)
    return observer_step::none;
  scroll = static_cast<std::size_t>(to);
  // More processes may be below.
  return state.view == observer_view::processes ? observer_step::ask
                                                : observer_step::draw;
}

observer_step show(observer_state& state, std::size_t number) {
  state.view = static_cast<observer_view>(number % observer_views.size());
  state.shows_help = false;
  return observer_step::ask;
}

observer_step sort_by(observer_state& state, std::size_t step) {
  if (state.view != observer_view::processes)
    return observer_step::none;
  const auto now = std::find(process_orders.begin(), process_orders.end(),
                             std::string_view(state.chosen.sort));
  const auto at = now == process_orders.end()
                      ? 0
                      : static_cast<std::size_t>(now - process_orders.begin());
  state.chosen.sort = process_orders.at((at + step) % process_orders.size());
  scroll_of(state) = 0;
  return observer_step::ask;
}

observer_step change_interval(observer_state& state, bool longer) {
  if (longer) {
    const auto next =
        std::upper_bound(intervals.begin(), intervals.end(), state.interval);
    if (next != intervals.end())
      state.interval = *next;
  } else {
    const auto next =
        std::lower_bound(intervals.begin(), intervals.end(), state.interval);
    if (next != intervals.begin())
      state.interval = *std::prev(next);
  }
  return observer_step::draw;
}

observer_step take_character(observer_state& state, char one,
                             screen_size size) {
  switch (one) {
    case 'q':
      return observer_step::quit;
    case '1':
    case '2':
    case '3':
    case '4':
      return show(state, static_cast<std::size_t>(one - '1'));
    case '?':
    case 'h':
      state.shows_help = !state.shows_help;
      return observer_step::draw;
    case 'p':
    case ' ':
      state.is_paused = !state.is_paused;
      return state.is_paused ? observer_step::draw : observer_step::ask;
    case 's':
      return sort_by(state, 1);
    case 'S':
      return sort_by(state, process_orders.size() - 1);
    case 'r':
      if (state.view != observer_view::processes)
        return observer_step::none;
      state.chosen.is_reversed = !state.chosen.is_reversed;
      return observer_step::ask;
    case '/':
      if (state.view != observer_view::processes)
        return observer_step::none;
      state.typed = state.chosen.name;
      return observer_step::draw;
    case '+':
      return change_interval(state, true);
    case '-':
      return change_interval(state, false);
    case 'j':
      return scroll_to(state, 1, size);
    case 'k':
      return scroll_to(state, -1, size);
    default:
      return observer_step::none;
  }
}

/// While a pattern is typed.
observer_step take_typing(observer_state& state, const key_press& key) {
  auto& text = *state.typed;
  switch (key.what) {
    case key_press::character:
      if (text.size() < longest_pattern)
        text += key.text;
      break;
    case key_press::backspace:
      // A character's last byte, and what it is led by.
      while (!text.empty() &&
             (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U)
        text.pop_back();
      if (!text.empty())
        text.pop_back();
      break;
    case key_press::enter:
      state.chosen.name = std::exchange(state.typed, std::nullopt).value();
      scroll_of(state) = 0;
      return observer_step::ask;
    case key_press::escape:
      state.typed.reset();
      break;
    default:
      return observer_step::none;
  }
  return observer_step::draw;
}

/// `suspend (batch 1 of 2)`; empty for what is no phase.
std::string phase_text(const boost::json::object& event) {
  if (field(event, "event") != "phase")
    return {};
  const auto phase = field(event, "phase");
  if (number(event, "of") < 2)
    return phase;
  return fmt::format("{} (batch {} of {})", phase, number(event, "batch"),
                     number(event, "of"));
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

}  // namespace

observer_step take_key(observer_state& state, const key_press& key,
                       screen_size size) {
  if (state.typed)
    return take_typing(state, key);
  const auto page =
      static_cast<std::ptrdiff_t>(std::max<std::size_t>(page_rows(size), 1));
  constexpr auto far = std::ptrdiff_t{1} << 40;
  const auto view = static_cast<std::size_t>(state.view);
  switch (key.what) {
    case key_press::character:
      return take_character(state, key.text, size);
    case key_press::up:
      return scroll_to(state, -1, size);
    case key_press::down:
      return scroll_to(state, 1, size);
    case key_press::page_up:
      return scroll_to(state, -page, size);
    case key_press::page_down:
      return scroll_to(state, page, size);
    case key_press::home:
      return scroll_to(state, -far, size);
    case key_press::end:
      return scroll_to(state, far, size);
    case key_press::tab:
      return show(state, view + 1);
    case key_press::back_tab:
      return show(state, view + observer_views.size() - 1);
    case key_press::escape:
      if (!std::exchange(state.shows_help, false))
        return observer_step::none;
      return observer_step::draw;
    case key_press::enter:
    case key_press::backspace:
      break;
  }
  return observer_step::none;
}

std::vector<std::string> wanted(const observer_state& state, screen_size size) {
  std::vector<std::string> targets{"/v1/status"};
  switch (state.view) {
    case observer_view::tree:
      targets.emplace_back("/v1/tree?children=200");
      break;
    case observer_view::processes: {
      auto chosen = state.chosen;
      chosen.limit =
          state.scroll.at(static_cast<std::size_t>(observer_view::processes)) +
          size.rows + rows_ahead;
      targets.push_back(target_of(chosen));
      break;
    }
    case observer_view::schedulers:
      targets.emplace_back("/v1/schedulers");
      break;
    case observer_view::upgrades:
      if (state.is_history_stale)
        targets.emplace_back("/v1/history?last=100");
      break;
  }
  return targets;
}

void take_answer(observer_state& state, std::string_view target,
                 boost::json::object body) {
  state.lost.clear();
  state.refusal.clear();
  if (const auto* error = body.if_contains("error")) {
    state.refusal = error->is_object() ? field(error->get_object(), "message")
                                       : to_text(*error);
    return;
  }
  const auto path = path_of(target);
  if (path == "/v1/status") {
    state.status = std::move(body);
    const auto* upgrade = state.status.if_contains("upgrade");
    if (upgrade == nullptr || upgrade->is_null()) {
      state.phase.clear();
      state.phase_progress.clear();
    }
  } else if (path == "/v1/tree") {
    state.tree = std::move(body);
  } else if (path == "/v1/processes") {
    state.processes = std::move(body);
  } else if (path == "/v1/schedulers") {
    state.schedulers_before = std::exchange(state.schedulers, std::move(body));
  } else if (path == "/v1/history") {
    state.history = std::move(body);
    state.is_history_stale = false;
  }
}

void take_event(observer_state& state, const boost::json::object& event) {
  state.deaf.clear();
  const auto kind = field(event, "event");
  // The stream's first: the header has it. What was before was not heard.
  if (kind == "status") {
    state.is_history_stale = true;
    return;
  }
  const auto before = std::exchange(state.phase, phase_text(event));
  state.phase_progress =
      number(event, "total") > 0
          ? fmt::format(" {}/{}", number(event, "done"), number(event, "total"))
          : std::string();
  if (kind == "end")
    state.is_history_stale = true;
  auto line = watch_line(event);
  while (line.ends_with('\n'))
    line.pop_back();
  if (line.empty())
    return;
  // How far a phase is takes the place of how far it was.
  if (!state.phase.empty() && state.phase == before && !state.events.empty())
    state.events.pop_back();
  state.events.push_back(std::move(line));
  if (state.events.size() > events_kept)
    state.events.pop_front();
}

void take_loss(observer_state& state, std::string why) {
  state.lost = std::move(why);
  state.deaf = observer_state().deaf;
  state.phase.clear();
  // Another node may answer next.
  state.is_history_stale = true;
  state.schedulers_before = {};
}

}  // namespace instar::cli
