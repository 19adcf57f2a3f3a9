#include "cli/upgrade_report.hpp"

#include "cli/table.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace instar::cli {
namespace {

using std::chrono::microseconds;

const boost::json::object& fields_of(const boost::json::object& body,
                                     std::string_view key) {
  static const boost::json::object none;
  const auto* found = body.if_contains({key.data(), key.size()});
  const auto* fields = found == nullptr ? nullptr : found->if_object();
  return fields == nullptr ? none : *fields;
}

/// What became of the node, in a few words.
std::string meaning(const boost::json::object& body) {
  const auto outcome = field(body, "outcome");
  const auto from = field(body, "from");
  if (outcome == "refused")
    return "refused, nothing was touched; " + from + " runs";
  if (outcome == "undone")
    return "undone in place; " + from + " runs on with all its state";
  if (outcome == "rolled_back")
    return "rolled back; " + from + " runs on with all its state";
  if (outcome == "restarted")
    return "the node was restarted in " + field(body, "to");
  if (outcome == "fell_back")
    return "the node restarted its permanent release";
  if (outcome == "degraded")
    return "degraded: taking it back failed, and the node was left as it is";
  return outcome;
}

std::string by_module(const boost::json::object& counts) {
  std::string text;
  for (const auto& [module, count] : counts) {
    if (!text.empty())
      text += ", ";
    text += fmt::format("{} {}", printable({module.data(), module.size()}),
                        to_text(count));
  }
  return text;
}

std::string phases(const boost::json::object& times) {
  std::string text;
  for (const auto& [phase, time] : times) {
    if (!text.empty())
      text += ", ";
    const std::string_view name(phase.data(), phase.size());
    text += fmt::format("{} {}", printable(name),
                        to_text(microseconds(number(times, name))));
  }
  return text;
}

/// One row for each module of a batch, one for each effect.
void add_step(const boost::json::object& step, const std::string& title,
              const boost::json::object& processes, boost::json::array& rows) {
  const auto* batch = step.if_contains("batch");
  if (batch == nullptr || !batch->is_array()) {
    rows.push_back(boost::json::object{{"step", title},
                                       {"what", field(step, "effect")},
                                       {"undo", field(step, "undo")}});
    return;
  }
  for (const auto& one : batch->get_array()) {
    const auto* module = one.if_object();
    if (module == nullptr)
      continue;
    const auto is = [&](const char* key) {
      const auto* flag = module->if_contains(key);
      return flag != nullptr && flag->is_bool() && flag->get_bool();
    };
    std::string what = is("remove")               ? "remove"
                       : module->contains("load") ? "load"
                                                  : "keep";
    if (is("code_change")) {
      what += ", convert";
    } else if (is("suspend")) {
      what += ", suspend";
    }
    const auto name = field(*module, "module");
    boost::json::object row{
        {"step", title}, {"what", what}, {"module", name}, {"undo", "exact"}};
    if (module->contains("load"))
      row["code"] = module->at("load");
    if (const auto* count = processes.if_contains(name))
      row["processes"] = *count;
    rows.push_back(std::move(row));
  }
}

std::string plan_table(const boost::json::object& body,
                       const boost::json::object& processes) {
  boost::json::array rows;
  const auto add = [&](const char* key, bool is_numbered) {
    const auto* steps = body.if_contains(key);
    if (steps == nullptr || !steps->is_array())
      return;
    int number = 0;
    for (const auto& step : steps->get_array()) {
      if (const auto* fields = step.if_object()) {
        add_step(*fields, is_numbered ? std::to_string(++number) : "before",
                 processes, rows);
      }
    }
  };
  add("before", false);
  add("steps", true);
  return table({{"step", "STEP"},
                {"what", "WHAT"},
                {"module", "MODULE"},
                {"code", "CODE"},
                {"processes", "PROCESSES"},
                {"undo", "UNDO"}},
               rows);
}

}  // namespace

std::string upgrade_report(const boost::json::object& body) {
  std::string text = fmt::format("{} -> {}: {}\n", field(body, "from"),
                                 field(body, "to"), meaning(body));
  std::vector<std::pair<std::string, std::string>> lines;
  const auto batches = number(body, "batches");
  const auto processes = number(body, "processes");
  if (batches > 0) {
    const auto modules = by_module(fields_of(body, "by_module"));
    lines.emplace_back("  processes",
                       fmt::format("{} in {} batch{}{}{}", processes, batches,
                                   batches == 1 ? "" : "es",
                                   modules.empty() ? "" : ": ", modules));
    lines.emplace_back("  pause",
                       to_text(microseconds(number(body, "pause_us"))));
  }
  const auto& times = fields_of(body, "phases");
  if (!times.empty())
    lines.emplace_back("  phases", phases(times));
  return text + lines_of(lines);
}

std::string plan_report(const boost::json::object& body) {
  const auto& processes = fields_of(body, "processes");
  auto text = fmt::format("{} -> {}: can be installed\n", field(body, "from"),
                          field(body, "to"));
  const auto* hops = body.if_contains("hops");
  if (hops == nullptr || !hops->is_array())
    return text + plan_table(body, processes);
  for (const auto& one : hops->get_array()) {
    const auto* hop = one.if_object();
    if (hop == nullptr)
      continue;
    text +=
        fmt::format("hop {} -> {}\n", field(*hop, "from"), field(*hop, "to")) +
        plan_table(*hop, processes);
  }
  return text;
}

}  // namespace instar::cli
