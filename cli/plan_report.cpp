#include "cli/plan_report.hpp"

#include "cli/rehearsal_report.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

namespace instar::cli {
namespace {

using std::chrono::microseconds;
using lines = std::vector<std::pair<std::string, std::string>>;

bool flag(const boost::json::object& body, std::string_view key) {
  const auto* found = body.if_contains({key.data(), key.size()});
  return found != nullptr && found->is_bool() && found->get_bool();
}

bool has_text(const boost::json::object& body, std::string_view key) {
  const auto* found = body.if_contains({key.data(), key.size()});
  return found != nullptr && found->is_string();
}

std::string joined(const boost::json::array& names) {
  return to_text(value(names));
}

// ---- the table

std::string what_happens(const boost::json::object& module) {
  std::string what = flag(module, "remove")    ? "remove"
                     : module.contains("load") ? "load"
                                               : "keep";
  if (flag(module, "code_change")) {
    what += ", convert";
  } else if (flag(module, "suspend")) {
    what += ", suspend";
  }
  return what;
}

boost::json::object module_row(const boost::json::object& module,
                               const std::string& title,
                               const boost::json::object& processes) {
  boost::json::object row{{"step", title},
                          {"what", what_happens(module)},
                          {"module", field(module, "module")},
                          {"undo", "exact"}};
  for (const auto* key : {"from", "undo"}) {
    if (has_text(module, key))
      row[key] = module.at(key);
  }
  if (module.contains("load"))
    row["code"] = module.at("load");
  const auto state = field(module, "state");
  if (state != "-" && state != "none")
    row["state"] = state == "by_name" ? std::string("by name") : state;
  if (const auto* count = processes.if_contains(field(module, "module")))
    row["processes"] = *count;
  return row;
}

/// One row for each module of a batch, one for each effect.
void add_step(const boost::json::object& step, const std::string& title,
              const boost::json::object& processes, boost::json::array& rows) {
  if (!step.contains("batch")) {
    rows.push_back(boost::json::object{{"step", title},
                                       {"what", field(step, "effect")},
                                       {"undo", field(step, "undo")},
                                       {"undone_by", value()}});
    if (has_text(step, "undone_by"))
      rows.back().as_object()["undone_by"] = step.at("undone_by");
    return;
  }
  for (const auto& one : list_of(step, "batch")) {
    if (const auto* module = one.if_object())
      rows.push_back(module_row(*module, title, processes));
  }
}

std::string plan_table(const boost::json::object& body,
                       const boost::json::object& processes) {
  boost::json::array rows;
  const auto add = [&](const char* key, const char* title) {
    const bool is_numbered = *title == '\0';
    int number = 0;
    for (const auto& step : list_of(body, key)) {
      if (const auto* fields = step.if_object()) {
        add_step(*fields, is_numbered ? std::to_string(++number) : title,
                 processes, rows);
      }
    }
  };
  add("before", "before");
  add("steps", "");
  if (body.contains("restart")) {
    rows.push_back(boost::json::object{
        {"step", "restart"},
        {"what", "start the node anew"},
        {"undo", field(fields_of(body, "restart"), "undo")}});
  }
  add("after_restart", "after");
  if (rows.empty())
    return "no module changes\n";
  return table({{"step", "STEP"},
                {"what", "WHAT"},
                {"module", "MODULE"},
                {"from", "FROM"},
                {"code", "CODE"},
                {"state", "STATE"},
                {"processes", "PROCESSES"},
                {"undo", "UNDO"},
                {"undone_by", "UNDONE BY"}},
               rows);
}

// ---- the lines below it

void add_names(const boost::json::object& module, lines& to) {
  const auto& names = list_of(module, "names");
  const auto count = number(module, "processes");
  if (names.empty())
    return;
  const auto unnamed = count - static_cast<std::int64_t>(names.size());
  to.emplace_back(
      "processes",
      fmt::format(
          "{}: {}{}", field(module, "module"), joined(names),
          unnamed > 0 ? fmt::format(" and {} more", unnamed) : std::string()));
}

/// `red: quiet within 50 ms, else restart; converted within 1000 ms`
void add_limits(const boost::json::object& module, lines& to) {
  const auto& limits = fields_of(module, "limits");
  if (limits.empty())
    return;
  const auto time = [&](const char* key) {
    const auto* limit = limits.if_contains(key);
    return limit != nullptr && limit->is_number()
               ? fmt::format("within {} ms", number(limits, key))
               : std::string("whenever it is");
  };
  std::string text;
  if (limits.contains("suspend"))
    text = "quiet " + time("suspend");
  if (limits.contains("when_busy")) {
    text += fmt::format("{} {}", text.empty() ? "not quiet in time:" : ", else",
                        field(limits, "when_busy"));
  }
  if (limits.contains("convert")) {
    text += fmt::format("{}converted {}", text.empty() ? "" : "; ",
                        time("convert"));
  }
  to.emplace_back("limits",
                  fmt::format("{}: {}", field(module, "module"), text));
}

std::string settings_text(const boost::json::object& application) {
  std::string keys;
  for (const auto* kind : {"changed", "new", "removed"}) {
    const auto& named = list_of(application, kind);
    if (!named.empty()) {
      keys +=
          fmt::format("{}{} {}", keys.empty() ? "" : "; ", kind, joined(named));
    }
  }
  if (!keys.empty() && flag(application, "running"))
    keys += "; config_change is called";
  const auto from = field(application, "from");
  const auto to = field(application, "to");
  const auto versions = from == to ? from : fmt::format("{} -> {}", from, to);
  return fmt::format("{} {}{}{}", field(application, "application"), versions,
                     keys.empty() ? "" : ": ", keys);
}

std::string child_text(const boost::json::object& child) {
  const auto change = field(child, "change");
  const auto who =
      fmt::format("{} of {}", field(child, "id"), field(child, "supervisor"));
  if (change == "added")
    return who + ": new, started after the batch";
  if (change == "removed") {
    return who + (flag(child, "running")
                      ? ": gone, stopped after the batch; its state is lost"
                      : ": gone");
  }
  return fmt::format("{}: specified anew ({})", who,
                     joined(list_of(child, "fields")));
}

lines details_of(const boost::json::object& plan) {
  lines found;
  int step_number = 0;
  for (const auto& one : list_of(plan, "steps")) {
    ++step_number;
    const auto* step = one.if_object();
    if (step == nullptr)
      continue;
    for (const auto& each : list_of(*step, "batch")) {
      const auto* module = each.if_object();
      if (module == nullptr)
        continue;
      add_names(*module, found);
      add_limits(*module, found);
      if (has_text(*module, "why_no_undo")) {
        found.emplace_back("no way back",
                           fmt::format("{}: {}", field(*module, "module"),
                                       field(*module, "why_no_undo")));
      }
    }
    for (const auto& each : list_of(*step, "children")) {
      if (const auto* child = each.if_object())
        found.emplace_back("child", child_text(*child));
    }
    if (!list_of(*step, "stopped").empty()) {
      found.emplace_back("stopped",
                         fmt::format("step {}: {}", step_number,
                                     joined(list_of(*step, "stopped"))));
    }
  }
  for (const auto& one : list_of(plan, "applications")) {
    if (const auto* application = one.if_object())
      found.emplace_back("application", settings_text(*application));
  }
  return found;
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 10'240)
    return fmt::format("{} bytes", bytes);
  if (bytes < 10 << 20)
    return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

lines totals_of(const boost::json::object& body) {
  lines found;
  if (const auto& restart = fields_of(body, "restart"); !restart.empty()) {
    found.emplace_back(
        "restart",
        fmt::format("{} processes end with their states, and {} connections; "
                    "the permanent release is started where {} does not come "
                    "up",
                    number(restart, "processes"),
                    number(restart, "connections"), field(body, "to")));
  }
  const auto& memory = fields_of(body, "memory");
  if (number(memory, "bytes") > 0) {
    found.emplace_back(
        "memory", fmt::format("{}{} for second states{}",
                              flag(memory, "measured") ? "" : "at least ",
                              bytes_text(number(memory, "bytes")),
                              flag(memory, "measured") ? ", measured" : ""));
  }
  const auto& pause = fields_of(body, "pause");
  if (pause.empty())
    return found;
  const auto& from = list_of(pause, "from");
  auto text =
      from.empty()
          ? std::string("not known before the first installation")
          : fmt::format("about {} ({})",
                        to_text(microseconds(number(pause, "expected_us"))),
                        joined(from));
  if (number(pause, "if_all_change_us") > 0) {
    text +=
        fmt::format("; {} more where every state changes just then",
                    to_text(microseconds(number(pause, "if_all_change_us"))));
  }
  text += fmt::format("; an attempt holds clients for at most {}",
                      to_text(microseconds(number(pause, "hold_us"))));
  found.emplace_back("pause", text);
  return found;
}

}  // namespace

std::string plan_report(const boost::json::object& body) {
  const auto& processes = fields_of(body, "processes");
  auto text =
      fmt::format("{} -> {}: {} be installed\n", field(body, "from"),
                  field(body, "to"), body.contains("error") ? "cannot" : "can");
  const auto& hops = list_of(body, "hops");
  if (hops.empty())
    text += plan_table(body, processes) + lines_of(details_of(body));
  for (const auto& one : hops) {
    if (const auto* hop = one.if_object()) {
      text += fmt::format("hop {} -> {}\n", field(*hop, "from"),
                          field(*hop, "to")) +
              plan_table(*hop, processes) + lines_of(details_of(*hop));
    }
  }
  return text + rehearsal_report(body) + lines_of(totals_of(body));
}

}  // namespace instar::cli
