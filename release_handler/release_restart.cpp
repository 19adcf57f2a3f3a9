// Installations that restart the node, and the start that follows.
#include "release_handler/applies.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/health_check.hpp"
#include "release_handler/release_operation.hpp"
#include "release_handler/restart_check.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::release_handler {

void release_handler::set_restart(std::function<void()> restart) {
  restart_ = std::move(restart);
}

void release_handler::hold_operations(std::string why, const std::string& by) {
  const std::lock_guard lock(operation_mutex_);
  held_ = std::move(why);
  held_by_ = by;
  held_since_ = to_text(time_.date());
}

// ---- before ------------------------------------------------------------------------

/// The report says how it went: `restarting`, and the journal is open; or nothing
/// is left of it.
result<> release_handler::restart_into(const char* what, const planned_hop& hop,
                                       const install_options& options,
                                       const requester& by,
                                       install_report& report) {
  if (!restart_) {
    return failure(errc::illegal_instruction,
                   "the script restarts the node, and this program cannot "
                   "start itself anew");
  }
  if (options.keep_running) {
    return failure(errc::irreversible,
                   fmt::format("the way from {} to {} restarts the node",
                               hop.from, hop.to));
  }
  INSTAR_TRY(
      check_restart(files_, store_.root(), hop, options.allow_irreversible));
  INSTAR_TRY(begin_journal(what, hop.from, hop.to, by));
  applies before(node_, hop.todo.before, journal_);
  auto done = before.run();
  if (done && is_cancelled_.load())
    done = failure(errc::cancelled, "cancelled by an operator");
  if (done) {
    boot_record asked;
    asked.id = journal_.id();
    asked.operation = what;
    asked.from = hop.from;
    asked.to = hop.to;
    asked.by = by.who;
    asked.commits = options.commit_after_restart;
    done = ask_for_start(asked);
  }
  if (done) {
    report.outcome = outcome::restarting;
    report.id = journal_.id();
    return {};
  }
  report.outcome = outcome::undone;
  report.error = done.error();
  if (auto back = before.take_back(); !back) {
    report.outcome = outcome::degraded;
    report.error->context +=
        "; and taking it back failed: " + back.error().message();
    raise_alarm(report.error->message());
  }
  return {};
}

/// The last of it is the record, with which the next start is one in the release.
result<> release_handler::ask_for_start(const boot_record& asked) {
  INSTAR_TRY(journal_.restarting());
  auto written = write_boot_record(files_, store_.root(), asked);
  if (written)
    return {};
  // It may have its name already; where it keeps that, the next start is one in
  // the release whatever is done here.
  if (auto gone = remove_boot_record(files_, store_.root()); !gone) {
    const auto kept = read_boot_record(files_, store_.root());
    if (kept && *kept && (*kept)->id == asked.id)
      return {};
  }
  return failure(errc::journal_failed, written.error().message());
}

void release_handler::leave(const char* what, const install_report& report,
                            const requester& by) {
  hold_operations(fmt::format("the restart of the node in {}", report.to),
                  "the release handler");
  auto event = to_json(report).as_object();
  event["event"] = "end";
  event["operation"] = what;
  event["by"] = by.who;
  event["at"] = to_text(time_.date());
  events_.publish(event);
  node_.log(log_level::info,
            fmt::format("the node restarts in release {}", report.to));
  restart_();
}

/// After a way back that failed: as the release says. Where the outcome becomes
/// fell_back, the caller restarts the node once all have been told.
void release_handler::fall_back(appup::rollback_failure rule, std::string alarm,
                                install_report& report) {
  raise_alarm(std::move(alarm));
  if (rule != appup::rollback_failure::restart || !restart_)
    return;
  report.outcome = outcome::fell_back;
  hold_operations("the restart of the node in its permanent release",
                  "the release handler");
  node_.log(log_level::error, "the node restarts its permanent release");
}

// ---- after -------------------------------------------------------------------------

bool release_handler::is_booting() const {
  const std::lock_guard lock(operation_mutex_);
  return boot_ && boot_->now == boot_record::state::trying;
}

result<> release_handler::finish_boot(const std::function<bool()>& is_over,
                                      const std::function<bool()>& is_up) {
  if (!is_booting())
    return {};
  INSTAR_TRY(run_boot(is_over, is_up));
  const auto record = *boot_;
  {
    const std::lock_guard lock(store_mutex_);
    previous_ = record.from;
  }
  end_journal({{"operation", record.operation},
               {"from", record.from},
               {"to", record.to},
               {"by", record.by},
               {"ok", true},
               {"outcome", to_string(outcome::restarted)},
               {"id", record.id}});
  if (auto gone = remove_boot_record(files_, store_.root()); !gone)
    node_.log(log_level::warning, gone.error().message());
  {
    const std::lock_guard lock(operation_mutex_);
    boot_.reset();
    held_.clear();
  }
  if (!record.commits || permanent().vsn == record.to)
    return {};
  if (auto done = commit_release(record.to, {record.by}); !done)
    node_.log(log_level::error, done.error().message());
  return {};
}

result<> release_handler::run_boot(const std::function<bool()>& is_over,
                                   const std::function<bool()>& is_up) {
  const auto release = read_release_data(files_, store_.root(), boot_->to);
  if (!release)
    return release.error();
  const auto hops = [&] {
    const std::lock_guard lock(store_mutex_);
    return way_finder(files_, store_).find(boot_->from, boot_->to);
  }();
  if (!hops)
    return hops.error();
  INSTAR_TRY_ASSIGN(const auto todo, make_plan(hops->front().script));
  applies after(node_, todo.after_restart, journal_);
  auto up = after.run();
  if (up)
    up = wait_until_well(release->spec, is_over);
  if (up && !is_up())
    up = failure(errc::boot_failed, "its time was over");
  if (up)
    return {};
  if (auto back = after.take_back(); !back) {
    up.error().context += "; and taking back failed: " + back.error().message();
  }
  return failure(errc::boot_failed, up.error().message());
}

result<> release_handler::wait_until_well(
    const appup::release_spec& release, const std::function<bool()>& is_over) {
  std::string last = "it has not been asked";
  for (;;) {
    if (is_over()) {
      return failure(
          errc::boot_failed,
          fmt::format("it was not well in time; its health check: {}", last));
    }
    if (!release.probation)
      return {};
    auto well = check_health(node_, *release.probation, store_.root());
    if (well)
      return {};
    last = well.error().message();
    node_.sched().wait(is_over, node_.sched().now() + health_interval);
  }
}

}  // namespace instar::release_handler
