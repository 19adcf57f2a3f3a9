#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <chrono>

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
                   rows_of(body));
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
