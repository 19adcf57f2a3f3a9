#include "release_handler/check_report.hpp"

#include <algorithm>

namespace instar::release_handler {
namespace {

/// Of the batch that needs most: another one's second states are gone by then.
value memory_of(const std::vector<forecast>& ahead) {
  std::size_t most = 0;
  for (const auto& hop : ahead) {
    for (const auto& one : hop.steps) {
      std::size_t bytes = 0;
      for (const auto& module : one.modules)
        bytes += module.memory_bytes();
      most = std::max(most, bytes);
    }
  }
  return boost::json::object{{"bytes", most}, {"measured", false}};
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
  made["ok"] = true;
  made["from"] = of.from;
  made["to"] = of.to;
  made["processes"] = std::move(processes);
  made["memory"] = memory_of(of.ahead);
  made["pause"] = to_json(of.pause);
  return made;
}

}  // namespace instar::release_handler
