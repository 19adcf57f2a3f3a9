#include "cli/observer_content.hpp"

#include "cli/release_history.hpp"
#include "cli/status.hpp"
#include "cli/text.hpp"
#include "cli/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::cli {
namespace {

constexpr std::size_t bar_cells = 20;
constexpr double most_turns = 1e12;

frame lines(std::string_view text) {
  frame made;
  while (!text.empty()) {
    const auto end = text.find('\n');
    made.push_back({std::string(text.substr(0, end)), line_look::plain});
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return made;
}

/// A table's titles stay.
view_content table_content(const std::vector<column>& columns,
                           const boost::json::array& rows) {
  view_content made;
  made.rows = lines(table(columns, rows));
  made.rows.front().look = line_look::heading;
  made.heading.push_back(std::move(made.rows.front()));
  made.rows.erase(made.rows.begin());
  return made;
}

std::size_t spare_of(std::size_t workers, std::int64_t wanted) {
  const auto kept = static_cast<std::size_t>(std::max<std::int64_t>(wanted, 0));
  return workers - std::min(workers, kept);
}

view_content waiting() {
  return {{}, {{"the node has not answered yet", line_look::faint}}};
}

/// One worker's row of the sample before; null: it was not there, or began anew.
const boost::json::object* row_before(const boost::json::object& before,
                                      const boost::json::object& row) {
  for (const auto& one : list_of(before, "workers")) {
    const auto* fields = one.if_object();
    if (fields != nullptr && number(*fields, "worker") == number(row, "worker"))
      return number(*fields, "age_us") < number(row, "age_us") ? fields
                                                               : nullptr;
  }
  return nullptr;
}

/// Numbers and a bar, since the sample before, else since the worker began.
boost::json::object worker_row(const boost::json::object& before,
                               const boost::json::object& row) {
  auto made = row;
  const auto* then = row_before(before, row);
  // As doubles: the numbers are somebody else's, and their difference may be none.
  const auto grown = [&](std::string_view key) {
    return static_cast<double>(number(row, key)) -
           (then == nullptr ? 0.0 : static_cast<double>(number(*then, key)));
  };
  const auto us = std::max(grown("age_us"), 1.0);
  const auto share = std::clamp(grown("cpu_us") / us, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(share * bar_cells + 0.5);
  made["turns_s"] = static_cast<std::int64_t>(
      std::clamp(grown("turns") / us * 1e6, 0.0, most_turns) + 0.5);
  made["cpu"] =
      fmt::format("{:>3.0f} % [{}{}]", share * 100, std::string(full, '#'),
                  std::string(bar_cells - full, ' '));
  return made;
}

}  // namespace

view_content tree_content(const observer_state& state) {
  if (state.tree.empty())
    return waiting();
  return table_content(tree_columns(), tree_rows_of(state.tree));
}

view_content process_content(const observer_state& state) {
  if (state.processes.empty())
    return waiting();
  const auto& rows = list_of(state.processes, "processes");
  auto made = table_content(process_columns(), rows);
  const auto& chosen = state.chosen;
  auto order = fmt::format("{} of {} processes, by {}{}",
                           number(state.processes, "matching"),
                           number(state.processes, "total"),
                           chosen.sort.empty() ? "pid" : chosen.sort,
                           chosen.is_reversed ? ", reversed" : "");
  const auto add = [&](std::string_view what, std::string_view text) {
    if (!text.empty())
      order += fmt::format(", {} {}", what, text);
  };
  add("module", chosen.module);
  add("named", chosen.name);
  add("behaviour", chosen.behaviour);
  add("status", chosen.status);
  if (chosen.min_mailbox)
    add("mailbox from", std::to_string(*chosen.min_mailbox));
  made.heading.insert(made.heading.begin(), {order, line_look::faint});
  return made;
}

view_content scheduler_content(const observer_state& state) {
  if (state.schedulers.empty())
    return waiting();
  boost::json::array rows;
  for (const auto& one : list_of(state.schedulers, "workers")) {
    if (const auto* row = one.if_object())
      rows.push_back(worker_row(state.schedulers_before, *row));
  }
  auto made = table_content({{"worker", "WORKER"},
                             {"activity", "ACTIVITY"},
                             {"cpu", "PROCESSOR"},
                             {"turns_s", "TURNS/S"},
                             {"run_queue", "RUN QUEUE"},
                             {"running", "RUNS"},
                             {"name", "NAME"},
                             {"module", "MODULE"}},
                            rows);
  made.heading.insert(
      made.heading.begin(),
      {fmt::format("{} workers, {} of them spare; {} processes wait to run, {} "
                   "of them for any worker",
                   rows.size(),
                   spare_of(rows.size(), number(state.schedulers, "wanted")),
                   number(state.schedulers, "run_queue"),
                   number(state.schedulers, "shared_queue")),
       line_look::faint});
  return made;
}

view_content upgrade_content(const observer_state& state) {
  if (state.status.empty())
    return waiting();
  view_content made;
  for (auto& one : lines(lines_of(release_lines(state.status)))) {
    if (one.text.starts_with("ALARM"))
      one.look = line_look::alarm;
    made.rows.push_back(std::move(one));
  }
  made.rows.push_back({"", line_look::plain});
  made.rows.push_back({"EVENTS", line_look::heading});
  if (!state.deaf.empty())
    made.rows.push_back({state.deaf, line_look::alarm});
  if (state.events.empty() && state.deaf.empty())
    made.rows.push_back({"none since the observer began", line_look::faint});
  constexpr std::size_t shown = 20;
  const auto first = state.events.size() - std::min(shown, state.events.size());
  for (auto i = first; i < state.events.size(); ++i) {
    for (auto& one : lines(state.events[i]))
      made.rows.push_back(std::move(one));
  }
  made.rows.push_back({"", line_look::plain});
  made.rows.push_back({"HISTORY, the newest first", line_look::heading});
  auto rows = history_rows_of(state.history);
  std::reverse(rows.begin(), rows.end());
  for (auto& one : lines(table(history_columns(), rows)))
    made.rows.push_back(std::move(one));
  return made;
}

view_content help_content() {
  return {{{"KEYS", line_look::heading}},
          lines("1 2 3 4        tree, processes, schedulers, upgrades\n"
                "Tab, Shift-Tab the next view, the one before\n"
                "up down j k    scroll a row; page up, page down: a page\n"
                "Home End       to the first row, to the last one\n"
                "s S            sort the processes by the next column, the one "
                "before\n"
                "r              the other way round\n"
                "/              only processes of these names, with * and ?; "
                "Enter takes it, Escape does not\n"
                "p Space        pause, and go on\n"
                "+ -            ask the node less often, more often\n"
                "? h            these keys\n"
                "q Ctrl-C       quit\n")};
}

}  // namespace instar::cli
