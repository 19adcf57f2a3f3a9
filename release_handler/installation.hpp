// An installation: the hops of a way, one transaction each. Where a hop fails it
// undoes itself, and the hops before it are taken back by their own scripts.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/transaction.hpp"
#include "release_handler/way_finder.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {

/// A hop, ready to be carried out.
struct planned_hop {
  std::string from;
  std::string to;
  plan todo;
  /// What the node's applications become.
  release_data target;
};

/// Reads what the hop needs. Errors: make_plan's, read_release_data's.
result<planned_hop> plan_hop(file_system& files, const path& root,
                             const hop& of);

struct planned_way {
  std::vector<planned_hop> hops;
  /// back[i] takes hops[i] back, if there is a way; there is none for the last
  /// hop, which undoes itself.
  std::vector<std::optional<planned_hop>> back;
};

/// What a check finds out.
struct way_forecast {
  /// Hop by hop.
  std::vector<forecast> hops;
  /// Of all hops, where it was asked for: a hop gets the discarded states that the
  /// one before has made.
  std::optional<rehearsal_report> rehearsal;
};

/// What an installation needs of a node; all must outlive it.
struct installation_setting {
  runtime& node;
  const path& root;
  install_options options;
  event_sink emit;
  std::function<bool()> is_cancelled;
  /// The node runs the release now that the hop leads to.
  std::function<result<>(const planned_hop&)> arrived;
  /// For run(), and open; null: nothing is recorded.
  journal* records = nullptr;
};

/// Not from a worker; one at a time on a node.
class installation {
public:
  installation(installation_setting setting, planned_way way)
      : with_(std::move(setting)), way_(std::move(way)) {}

  /// Everything that can be found out without touching a process: of the first
  /// hop all, of the others what their files say. What it would mean, hop by hop.
  /// Errors: transaction::check's.
  result<way_forecast> check();
  /// All hops, or none; looks again at what check() looks at. The report's
  /// outcome is that of the hop that failed, or rolled_back where hops before it
  /// were taken back, or degraded where that failed.
  install_report run();

private:
  result<rehearsal_report> rehearse(transaction& first);
  result<> check_later_hops() const;
  result<> check_files(const planned_hop& one) const;
  install_report run_hop(const planned_hop& one, const install_options& options,
                         std::function<bool()> is_cancelled, journal* records);
  result<> record_hop(std::size_t which);
  void take_back(std::size_t done, install_report& report);
  result<> take_back_hop(std::size_t which, install_report& report);
  void emit_hop(const planned_hop& one, std::size_t number, bool is_back);

  installation_setting with_;
  planned_way way_;
};

}  // namespace instar::release_handler
