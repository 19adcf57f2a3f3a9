// What the observer knows and shows: state, and what a key, an answer or an event
// make of it. Decisions alone; the terminal and the node are elsewhere
// (observer_terminal, observer_feed), so that a test needs neither.
#pragma once

#include "base/value.hpp"
#include "cli/process_choice.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace instar::cli {

enum class observer_view { tree, processes, schedulers, upgrades };
inline constexpr std::array<std::string_view, 4> observer_views = {
    "tree", "processes", "schedulers", "upgrades"};

/// How much room there is, in characters.
struct screen_size {
  std::size_t columns = 0;
  std::size_t rows = 0;
  friend bool operator==(const screen_size&, const screen_size&) = default;
};

struct key_press {
  enum kind {
    character,
    up,
    down,
    page_up,
    page_down,
    home,
    end,
    tab,
    back_tab,
    enter,
    escape,
    backspace
  };
  kind what = character;
  /// Of a character; a part of one where it takes several bytes.
  char text = 0;
};

struct observer_state {
  observer_view view = observer_view::tree;
  /// The order and the filters of the processes; the limit is the room's.
  process_choice chosen;
  std::chrono::milliseconds interval{1000};
  bool is_paused = false;
  /// Printed, and then the command ends.
  bool is_once = false;
  bool shows_help = false;
  /// The pattern of names that is being typed.
  std::optional<std::string> typed;
  /// Rows above the screen, of each view.
  std::array<std::size_t, 4> scroll{};

  /// As the command was told.
  std::string node;
  /// Why the node does not answer; empty: it does.
  std::string lost;
  /// Why its events are not heard; empty: they are.
  std::string deaf = "not heard yet";

  // The node's last answers; empty: none yet.
  boost::json::object status;
  boost::json::object tree;
  boost::json::object processes;
  boost::json::object schedulers;
  boost::json::object history;
  /// The answer before, for what has happened between.
  boost::json::object schedulers_before;
  /// Why the last answer was an error; empty: it was none.
  std::string refusal;

  /// Events as lines, the newest last, and the phase of an upgrade under way.
  std::deque<std::string> events;
  std::string phase;
  /// ` 12/300`, of its processes.
  std::string phase_progress;
  bool is_history_stale = true;
};

/// What a key asks for.
enum class observer_step {
  /// Nothing has changed.
  none,
  draw,
  /// Other answers are wanted now.
  ask,
  quit
};

observer_step take_key(observer_state& state, const key_press& key,
                       screen_size size);

/// What is wanted of the node for what is shown: the status, and the view's.
std::vector<std::string> wanted(const observer_state& state, screen_size size);

/// The node's answer to one of them: an error too.
void take_answer(observer_state& state, std::string_view target,
                 boost::json::object body);
void take_event(observer_state& state, const boost::json::object& event);
/// Nobody answers.
void take_loss(observer_state& state, std::string why);

}  // namespace instar::cli
