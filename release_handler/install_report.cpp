#include "release_handler/install_report.hpp"

namespace instar::release_handler {

const char* to_string(outcome of) {
  switch (of) {
    case outcome::installed:
      return "installed";
    case outcome::refused:
      return "refused";
    case outcome::undone:
      return "undone";
    case outcome::rolled_back:
      return "rolled_back";
    case outcome::degraded:
      return "degraded";
    case outcome::restarting:
      return "restarting";
    case outcome::restarted:
      return "restarted";
    case outcome::fell_back:
      return "fell_back";
  }
  return "refused";
}

value to_json(const install_report& of) {
  const auto us = [](duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  };
  boost::json::object by_module;
  for (const auto& [module, count] : of.by_module)
    by_module[module] = count;
  boost::json::object phases;
  for (const auto& [phase, time] : of.phases) {
    auto& sum = phases[phase];
    sum = (sum.is_int64() ? sum.as_int64() : 0) + us(time);
  }
  boost::json::object made{{"ok", of.ok()},
                           {"from", of.from},
                           {"to", of.to},
                           {"outcome", to_string(of.outcome)},
                           {"batches", of.batches},
                           {"processes", of.processes},
                           {"by_module", std::move(by_module)},
                           {"pause_us", us(of.pause)},
                           {"phases", std::move(phases)}};
  if (!of.rehearsal.is_null())
    made["rehearsal"] = of.rehearsal;
  if (!of.killed.empty())
    made["killed"] = boost::json::array(of.killed.begin(), of.killed.end());
  if (of.probation) {
    made["probation"] = boost::json::object{{"seconds", of.probation->count()}};
  }
  if (!of.id.empty())
    made["id"] = of.id;
  if (of.error) {
    made["error"] = boost::json::object{{"tag", of.error->tag()},
                                        {"message", of.error->message()}};
  }
  return made;
}

}  // namespace instar::release_handler
