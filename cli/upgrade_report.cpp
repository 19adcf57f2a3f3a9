#include "cli/upgrade_report.hpp"

#include "cli/rehearsal_report.hpp"
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
  if (outcome == "fell_back") {
    const auto permanent = field(body, "permanent");
    return "the node restarted its permanent release" +
           (permanent == "-" ? std::string() : " " + permanent);
  }
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
  if (const auto* killed = body.if_contains("killed");
      killed != nullptr && killed->is_array()) {
    for (const auto& one : killed->get_array())
      lines.emplace_back("  killed", to_text(one));
  }
  const auto& probation = fields_of(body, "probation");
  if (!probation.empty() && field(body, "outcome") == "installed") {
    lines.emplace_back(
        "  probation",
        fmt::format("{} s from the installation on: a failure "
                    "goes back to {}, a commit ends it",
                    number(probation, "seconds"), field(body, "from")));
  }
  return text + lines_of(lines) + rehearsal_report(body);
}

}  // namespace instar::cli
