#include "cli/release_history.hpp"

#include "cli/arguments.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace instar::cli {
boost::json::array history_rows_of(const boost::json::object& body) {
  boost::json::array rows;
  const auto* history = body.if_contains("history");
  if (history == nullptr || !history->is_array())
    return rows;
  for (const auto& one : history->get_array()) {
    if (!one.is_object())
      continue;
    auto row = one.get_object();
    if (row.contains("pause_us")) {
      row["pause"] =
          to_text(std::chrono::microseconds(number(row, "pause_us")));
    }
    if (const auto* error = row.if_contains("error");
        error != nullptr && error->is_object())
      row["error"] = field(error->get_object(), "tag");
    rows.push_back(std::move(row));
  }
  return rows;
}

const std::vector<column>& history_columns() {
  static const std::vector<column> all{{"at", "AT"},
                                       {"by", "BY"},
                                       {"operation", "OPERATION"},
                                       {"from", "FROM"},
                                       {"to", "TO"},
                                       {"outcome", "OUTCOME"},
                                       {"processes", "PROCESSES"},
                                       {"pause", "PAUSE"},
                                       {"error", "ERROR"}};
  return all;
}

namespace {

/// One effect that a crash left, as a line.
std::string line_of(const boost::json::object& entry,
                    const boost::json::object& about, bool has_ended) {
  const auto* done = about.if_contains("done");
  const bool is_done = done != nullptr && *done == true;
  const auto undo = field(about, "undo");
  auto what = fmt::format("{}  {} to {}, {}: {} ({}", field(entry, "at"),
                          field(entry, "operation"), field(entry, "to"),
                          has_ended ? "ended with the node" : "not undone",
                          field(about, "effect"), is_done ? "done" : "begun");
  if (!has_ended)
    what += undo == "-" ? "; it has no undo" : "; undo: " + undo;
  return what + ")\n";
}

/// What a crash left undone, below the table.
std::string left_of(const boost::json::object& body) {
  std::string text;
  for (const auto& one : list_of(body, "history")) {
    const auto* entry = one.if_object();
    if (entry == nullptr)
      continue;
    for (const auto* key : {"effects_not_undone", "effects_ended"}) {
      const bool has_ended = std::string_view(key) == "effects_ended";
      for (const auto& effect : list_of(*entry, key)) {
        if (const auto* about = effect.if_object())
          text += line_of(*entry, *about, has_ended);
      }
    }
  }
  return text;
}

}  // namespace

void add_release_history(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "history", "Who changed what and when, and how it went",
               "instar release history");
  on(verb, with, [&with] {
    question what;
    what.request.target = "/v1/history";
    what.show = [](const boost::json::object& body) {
      return table(history_columns(), history_rows_of(body)) +
             printable(left_of(body), true);
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
