#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace instar::cli {
namespace {

/// The pause for people, and of an error its tag.
boost::json::array rows_of(const boost::json::object& body) {
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

/// What a crash left undone, below the table.
std::string left_of(const boost::json::object& body) {
  std::string text;
  const auto* history = body.if_contains("history");
  if (history == nullptr || !history->is_array())
    return text;
  for (const auto& one : history->get_array()) {
    if (!one.is_object())
      continue;
    const auto* effects = one.get_object().if_contains("effects_not_undone");
    if (effects == nullptr || !effects->is_array())
      continue;
    for (const auto& effect : effects->get_array()) {
      if (!effect.is_object())
        continue;
      const auto& about = effect.get_object();
      const auto* done = about.if_contains("done");
      const bool is_done = done != nullptr && *done == true;
      const auto undo = field(about, "undo");
      text += fmt::format("{}  {} to {}, not undone: {} ({}; {})\n",
                          field(one.get_object(), "at"),
                          field(one.get_object(), "operation"),
                          field(one.get_object(), "to"), field(about, "effect"),
                          is_done ? "done" : "begun",
                          undo == "-" ? "it has no undo" : "undo: " + undo);
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
      return table({{"at", "AT"},
                    {"by", "BY"},
                    {"operation", "OPERATION"},
                    {"from", "FROM"},
                    {"to", "TO"},
                    {"outcome", "OUTCOME"},
                    {"processes", "PROCESSES"},
                    {"pause", "PAUSE"},
                    {"error", "ERROR"}},
                   rows_of(body)) +
             printable(left_of(body), true);
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
