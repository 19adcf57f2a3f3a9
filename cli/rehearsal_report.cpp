#include "cli/rehearsal_report.hpp"

#include "cli/table.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace instar::cli {
namespace {

std::string time_text(std::int64_t ns) {
  if (ns < 10'000)
    return fmt::format("{} ns", ns);
  return to_text(std::chrono::microseconds(ns / 1000));
}

/// `98 of 100`, or null where none was tried.
value share(std::int64_t good, std::int64_t all) {
  if (all == 0)
    return nullptr;
  return value(good == all ? std::to_string(good)
                           : fmt::format("{} of {}", good, all));
}

value tally(const boost::json::object& module, const char* key) {
  const auto& of = fields_of(module, key);
  const auto succeeded = number(of, "succeeded");
  return share(succeeded, succeeded + number(of, "failed"));
}

boost::json::object row_of(const boost::json::object& module) {
  boost::json::object row{{"hop", number(module, "hop")},
                          {"module", field(module, "module")},
                          {"processes", number(module, "processes")},
                          {"up", tally(module, "up")},
                          {"down", tally(module, "down")}};
  const auto compared = number(module, "compared");
  row["equal"] = share(compared - number(module, "differing"), compared);
  if (number(module, "left_out") > 0)
    row["left_out"] = number(module, "left_out");
  const auto* effects = module.if_contains("has_effects");
  if (effects != nullptr && *effects == true)
    row["up"] = "has effects: not rehearsed";
  const auto& up = fields_of(module, "up");
  if (number(up, "succeeded") > 0) {
    row["median"] = time_text(number(up, "median_ns"));
    row["longest"] = time_text(number(up, "longest_ns"));
  }
  return row;
}

}  // namespace

std::string rehearsal_report(const boost::json::object& body) {
  const auto& rehearsal = fields_of(body, "rehearsal");
  if (list_of(rehearsal, "modules").empty())
    return {};
  boost::json::array rows;
  boost::json::array faults;
  for (const auto& one : list_of(rehearsal, "modules")) {
    const auto* module = one.if_object();
    if (module == nullptr)
      continue;
    rows.push_back(row_of(*module));
    for (const auto& fault : list_of(*module, "faults"))
      faults.push_back(fault);
  }
  const bool has_hops = std::any_of(
      rows.begin(), rows.end(),
      [](const value& row) { return number(row.as_object(), "hop") > 1; });
  if (!has_hops) {
    for (auto& row : rows)
      row.as_object().erase("hop");
  }
  auto text = table({{"hop", "HOP"},
                     {"module", "REHEARSED"},
                     {"processes", "PROCESSES"},
                     {"up", "CONVERTED"},
                     {"down", "BACK"},
                     {"equal", "EQUAL"},
                     {"left_out", "LEFT OUT"},
                     {"median", "MEDIAN"},
                     {"longest", "LONGEST"}},
                    rows);
  if (!faults.empty()) {
    text += table({{"pid", "FAILED"},
                   {"name", "NAME"},
                   {"where", "WHERE"},
                   {"why", "WHY"}},
                  faults);
  }
  const auto* isolated = rehearsal.if_contains("isolated");
  if (isolated != nullptr && *isolated == true) {
    text += fmt::format(
        "in a child process; the gates were closed for {}\n",
        to_text(std::chrono::microseconds(number(rehearsal, "pause_us"))));
  }
  return text;
}

}  // namespace instar::cli
