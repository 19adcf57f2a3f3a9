// The way from the running release to another one: planned, and checked.
#include "release_handler/errors.hpp"
#include "release_handler/rehearsal_view.hpp"
#include "release_handler/release_operation.hpp"
#include "release_handler/restart_check.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::release_handler {

/// The hop the other way round, which must be one too.
result<planned_hop> release_handler::plan_back(const way_finder& finder,
                                               const hop& of) {
  INSTAR_TRY_ASSIGN(const auto back, finder.find(of.to, of.from));
  if (back.size() != 1) {
    return failure(errc::no_matching_relup,
                   "the way back leads through other releases");
  }
  return plan_hop(files_, store_.root(), back.front());
}

/// From the running release, whose version goes to `from` in any case.
result<planned_way> release_handler::plan_way(const std::string& to,
                                              const install_options& options,
                                              std::string& from) {
  const std::lock_guard lock(store_mutex_);
  from = store_.running().vsn;
  INSTAR_TRY_ASSIGN(const auto target, store_.find(to));
  if (from == to)
    return failure(errc::already_installed, "release " + to + " runs");
  const way_finder finder(files_, store_);
  INSTAR_TRY_ASSIGN(const auto hops, finder.find(from, to));
  planned_way way;
  for (const auto& one : hops) {
    INSTAR_TRY_ASSIGN(auto planned, plan_hop(files_, store_.root(), one));
    way.hops.push_back(std::move(planned));
  }
  for (std::size_t i = 0; i + 1 < hops.size(); ++i) {
    auto back = plan_back(finder, hops[i]);
    if (!back && !options.allow_irreversible) {
      return failure(
          errc::irreversible,
          fmt::format(
              "the hop from {} to {} cannot be taken back where a later "
              "one fails ({}); allow it with --allow-irreversible",
              hops[i].from, hops[i].to, back.error().message()));
    }
    way.back.push_back(back ? std::optional(std::move(*back)) : std::nullopt);
  }
  INSTAR_TRY(check_restarts(way));
  return way;
}

result<check_report> release_handler::check_install_release(
    const std::string& vsn, const install_options& options,
    const event_sink& emit) {
  const operation ours(*this, "check of " + vsn, {"operator"});
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  check_report report;
  report.to = vsn;
  INSTAR_TRY_ASSIGN(auto way, plan_way(vsn, options, report.from));
  INSTAR_TRY(check_way(std::move(way), options, emit, report));
  return report;
}

result<> release_handler::check_way(planned_way way,
                                    const install_options& options,
                                    const event_sink& emit,
                                    check_report& report) {
  report.hops = way.hops;
  if (way.hops.front().todo.restarts) {
    const auto& hop = way.hops.front();
    INSTAR_TRY(
        check_restart(files_, store_.root(), hop, options.allow_irreversible));
    INSTAR_TRY_ASSIGN(auto ahead, make_forecast(node_, store_.root(), hop.todo,
                                                hop.target, {}));
    report.ahead.push_back(std::move(ahead));
    report.restart = forecast_restart(node_);
    return {};
  }
  installation tried(
      {node_, store_.root(), with_modified(options), emit, {}, {}},
      std::move(way));
  INSTAR_TRY_ASSIGN(auto found, tried.check());
  report.ahead = std::move(found.hops);
  report.rehearsal = std::move(found.rehearsal);
  for (const auto& hop : report.ahead) {
    for (const auto& one : hop.steps) {
      for (const auto& module : one.modules)
        report.processes[module.module] = module.processes;
    }
  }
  conversions_in_pause converted;
  if (report.rehearsal)
    converted = in_pause(*report.rehearsal, node_.sched().worker_count());
  report.pause = expected_pause(all_history(), options.hold, converted);
  return {};
}

}  // namespace instar::release_handler
