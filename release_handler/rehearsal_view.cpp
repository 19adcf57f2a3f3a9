#include "release_handler/rehearsal_view.hpp"

#include "release_handler/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace instar::release_handler {
namespace {

std::int64_t ns(duration time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

value to_json(const conversion_tally& of) {
  return boost::json::object{{"succeeded", of.succeeded},
                             {"failed", of.failed},
                             {"median_ns", ns(of.median)},
                             {"longest_ns", ns(of.longest)},
                             {"total_ns", ns(of.total)}};
}

value to_json(const module_rehearsal& of) {
  boost::json::array faults;
  for (const auto& one : of.faults) {
    faults.push_back(boost::json::object{
        {"pid", to_string(one.process)},
        {"name", one.name.empty() ? value() : value(one.name)},
        {"where", one.where},
        {"why", one.why}});
  }
  return boost::json::object{
      {"hop", of.hop + 1},
      {"module", of.module},
      {"from", of.from_vsn},
      {"to", of.to_vsn},
      {"processes", of.processes},
      {"left_out", of.left_out},
      {"busy", of.busy},
      {"has_effects", of.has_effects},
      {"up", to_json(of.up)},
      {"down", to_json(of.down)},
      {"compared", of.compared},
      {"differing", of.differing},
      {"bytes", of.bytes < 0 ? value() : value(of.bytes)},
      {"faults", std::move(faults)}};
}

std::string name_of(const rehearsal_fault& one) {
  return one.name.empty()
             ? to_string(one.process)
             : fmt::format("{} ({})", one.name, to_string(one.process));
}

}  // namespace

value to_json(const rehearsal_report& of) {
  boost::json::array modules;
  for (const auto& one : of.modules)
    modules.push_back(to_json(one));
  boost::json::object made{{"ok", of.ok()},
                           {"isolated", of.isolated},
                           {"modules", std::move(modules)}};
  if (of.isolated) {
    made["pause_us"] =
        std::chrono::duration_cast<std::chrono::microseconds>(of.pause).count();
  }
  return made;
}

failure why_refused(const rehearsal_report& of) {
  std::size_t failed = 0;
  std::size_t tried = 0;
  const rehearsal_fault* first = nullptr;
  std::string hop;
  for (const auto& one : of.modules) {
    failed += one.up.failed + one.down.failed + one.differing;
    tried += one.up.failed + one.up.succeeded;
    if (first == nullptr && !one.faults.empty()) {
      first = &one.faults.front();
      if (one.hop > 0)
        hop = fmt::format("in hop {}, ", one.hop + 1);
    }
  }
  return failure(
      errc::code_change_failed,
      fmt::format(
          "the rehearsal failed for {} of {} {}{}", failed, tried,
          of.has_hops() ? "conversions" : "processes",
          first == nullptr
              ? std::string()
              : fmt::format(
                    ": {}{}: {}{}", hop, name_of(*first),
                    first->where == "round_trip" ? "up and down again, " : "",
                    first->why)));
}

conversions_in_pause in_pause(const rehearsal_report& of, std::size_t at_once) {
  std::map<std::size_t, conversions_in_pause> by_hop;
  for (const auto& one : of.modules) {
    auto& sum = by_hop[one.hop];
    sum.all += one.up.total;
    sum.longest_of_all = std::max(sum.longest_of_all, one.up.longest);
    const auto count = one.has_effects ? one.processes : one.busy;
    if (count == 0)
      continue;
    sum.count += count;
    sum.each = std::max(sum.each, one.up.median);
    sum.longest = std::max(sum.longest, one.up.longest);
    sum.whose += (sum.whose.empty() ? "" : ", ") + one.module;
  }
  // Each hop has a pause of its own: the one with most to convert counts.
  conversions_in_pause most;
  for (auto& [hop, sum] : by_hop) {
    if (sum.all >= most.all)
      most = std::move(sum);
  }
  most.at_once = std::max<std::size_t>(1, at_once);
  return most;
}

}  // namespace instar::release_handler
