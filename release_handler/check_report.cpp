#include "release_handler/check_report.hpp"

#include "release_handler/rehearsal_view.hpp"

#include <algorithm>

namespace instar::release_handler {
namespace {

/// What was measured, else what a second state takes at least. -1: not measured.
std::int64_t measured_bytes(const std::optional<rehearsal_report>& rehearsal,
                            std::size_t hop, const module_forecast& of) {
  if (!rehearsal)
    return -1;
  for (const auto& one : rehearsal->modules) {
    if (one.hop == hop && one.module == of.module && one.up.failed == 0 &&
        one.left_out == 0 && !one.has_effects) {
      return one.bytes;
    }
  }
  return -1;
}

/// Of the batch that needs most: another one's second states are gone by then.
value memory_of(const check_report& of) {
  std::int64_t most = 0;
  bool is_measured = true;
  for (std::size_t hop = 0; hop < of.ahead.size(); ++hop) {
    for (const auto& one : of.ahead[hop].steps) {
      std::int64_t bytes = 0;
      for (const auto& module : one.modules) {
        const auto least = static_cast<std::int64_t>(module.memory_bytes());
        if (least == 0)
          continue;
        const auto measured = measured_bytes(of.rehearsal, hop, module);
        is_measured = is_measured && measured >= 0;
        bytes += std::max(least, measured);
      }
      most = std::max(most, bytes);
    }
  }
  return boost::json::object{{"bytes", most},
                             {"measured", most > 0 && is_measured}};
}

}  // namespace

value to_json(const check_report& of) {
  boost::json::object made;
  if (of.hops.size() == 1)
    made = to_json(of.hops.front().todo, of.ahead.front()).as_object();
  boost::json::array hops;
  for (std::size_t i = 0; i < of.hops.size(); ++i) {
    const auto& one = of.hops[i];
    auto made_hop = to_json(one.todo, of.ahead[i]).as_object();
    made_hop["from"] = one.from;
    made_hop["to"] = one.to;
    hops.push_back(std::move(made_hop));
  }
  if (hops.size() > 1)
    made["hops"] = std::move(hops);
  boost::json::object processes;
  for (const auto& [module, count] : of.processes)
    processes[module] = count;
  made["ok"] = of.ok();
  made["from"] = of.from;
  made["to"] = of.to;
  made["processes"] = std::move(processes);
  if (of.restart) {
    auto& restart = made["restart"].as_object();
    restart["processes"] = of.restart->processes;
    restart["connections"] = of.restart->connections;
    return made;
  }
  made["memory"] = memory_of(of);
  made["pause"] = to_json(of.pause);
  if (of.rehearsal) {
    made["rehearsal"] = to_json(*of.rehearsal);
    if (!of.ok()) {
      const auto why = why_refused(*of.rehearsal);
      made["error"] =
          boost::json::object{{"tag", why.tag()}, {"message", why.message()}};
    }
  }
  return made;
}

}  // namespace instar::release_handler
