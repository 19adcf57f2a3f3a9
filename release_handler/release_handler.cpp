#include "release_handler/release_handler.hpp"

#include "release_handler/errors.hpp"
#include "release_handler/release_operation.hpp"
#include "runtime/errors.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::release_handler {
release_handler::release_handler(runtime& node, file_system& files,
                                 release_store store, const clock& time,
                                 package_rules rules,
                                 std::optional<boot_record> boot)
    : node_(node),
      files_(files),
      time_(time),
      rules_(std::move(rules)),
      store_(std::move(store)),
      history_(files, store_.root() / "log" / "history.jsonl"),
      journal_(files, store_.root() / "log" / "journal.jsonl"),
      boot_(std::move(boot)) {
  if (boot_ && boot_->now == boot_record::state::trying)
    hold_operations("start of " + boot_->to, boot_->by);
  if (auto recovered = recover(); !recovered)
    node_.log(log_level::error, recovered.error().message());
}

release_handler::~release_handler() {
  {
    const std::lock_guard lock(operation_mutex_);
    if (trial_ != nullptr)
      trial_->watch.end();
  }
  if (trial_thread_.joinable())
    trial_thread_.join();
}

std::string release_handler::why_busy() const {
  const std::lock_guard lock(operation_mutex_);
  if (operation_.empty() && trial_ != nullptr) {
    return fmt::format(
        "release {}, installed by {}, is on probation since {} (for {} s): "
        "commit it, roll it back or cancel",
        trial_->vsn, trial_->by, trial_->since, trial_->watch.length().count());
  }
  if (operation_.empty() && !held_.empty())
    return fmt::format("{} is under way, by {} since {}", held_, held_by_,
                       held_since_);
  return fmt::format("{} is under way, by {} since {}", operation_,
                     operation_by_, operation_since_);
}

value release_handler::in_progress() const {
  const std::lock_guard lock(operation_mutex_);
  if (operation_.empty() && !held_.empty()) {
    return boost::json::object{
        {"operation", held_}, {"by", held_by_}, {"since", held_since_}};
  }
  if (operation_.empty())
    return nullptr;
  return boost::json::object{{"operation", operation_},
                             {"by", operation_by_},
                             {"since", operation_since_}};
}

bool release_handler::cancel() {
  const std::lock_guard lock(operation_mutex_);
  if (operation_.empty() && trial_ != nullptr)
    return trial_->watch.fail("cancelled by an operator");
  if (operation_.empty() || !is_cancellable_)
    return false;
  is_cancelled_.store(true);
  return true;
}

std::vector<value> release_handler::all_history() {
  const std::lock_guard lock(store_mutex_);
  return history_.all();
}

// ---- releases on disk -------------------------------------------------------------

result<std::string> release_handler::unpack_release(const path& package,
                                                    const requester& by) {
  const operation ours(*this, "unpack of " + package.string(), by);
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  const auto unpacked = [&] {
    const std::lock_guard lock(store_mutex_);
    return store_.unpack_release(package, rules_);
  }();
  record_change("unpack", unpacked ? *unpacked : "", by, "unpacked",
                unpacked ? result<>() : result<>(unpacked.error()),
                {{"package", package.string()}});
  return unpacked;
}

std::vector<release_record> release_handler::which_releases() const {
  const std::lock_guard lock(store_mutex_);
  const auto all = store_.which_releases();
  return {all.begin(), all.end()};
}

release_record release_handler::running() const {
  const std::lock_guard lock(store_mutex_);
  return store_.running();
}

release_record release_handler::permanent() const {
  const std::lock_guard lock(store_mutex_);
  return store_.permanent();
}

// ---- installations ----------------------------------------------------------------

install_report release_handler::install_release(const std::string& vsn,
                                                const install_options& options,
                                                const requester& by,
                                                const event_sink& emit) {
  return change_to("install", vsn, options, by, emit);
}

install_report release_handler::change_to(
    const char* what, const std::string& vsn, const install_options& options,
    const requester& by, const event_sink& emit, bool is_trial_back) {
  install_report report;
  report.to = vsn;
  const std::string_view link =
      what == std::string_view("rollback") ? "to" : "of";
  const operation ours(*this, fmt::format("{} {} {}", what, link, vsn), by,
                       is_trial_back ? operation::on_probation::allowed
                                     : operation::on_probation::refused,
                       true);
  if (!ours) {
    report.error = failure(errc::install_in_progress, why_busy());
    report.from = running().vsn;
    return report;
  }
  planned_way way;
  if (auto done = run_installation(what, vsn, options, by, emit, report, way);
      !done) {
    report.error = done.error();
  }
  if (report.outcome == outcome::restarting) {
    leave(what, report, by);
    return report;
  }
  record(what, report, by);
  if (report.ok() && what == std::string_view("install"))
    begin_trial(way, by, report);
  if (report.outcome == outcome::fell_back)
    restart_();
  return report;
}

event_sink release_handler::told(const event_sink& emit) {
  return [this, emit](const value& event) {
    events_.publish(event);
    if (emit)
      emit(event);
  };
}

install_options release_handler::with_modified(install_options options) const {
  for (const auto& [module, file] : modified())
    options.modified.insert(module);
  return options;
}

/// The installation itself; the report says how it went.
result<> release_handler::run_installation(
    const char* what, const std::string& vsn, const install_options& options,
    const requester& by, const event_sink& emit, install_report& report,
    planned_way& planned) {
  INSTAR_TRY_ASSIGN(auto way, plan_way(vsn, options, report.from));
  planned = way;
  if (way.hops.front().todo.restarts)
    return restart_into(what, way.hops.front(), options, by, report);
  INSTAR_TRY(begin_journal(what, report.from, vsn, by));
  installation going({node_, store_.root(), with_modified(options), told(emit),
                      [this] { return is_cancelled_.load(); },
                      [this](const planned_hop& hop) {
                        node_.code().set_code_path(
                            node_.code().mode(),
                            hop.target.code_path(store_.root()));
                        const std::lock_guard lock(store_mutex_);
                        return store_.set_current(hop.to);
                      },
                      &journal_},
                     std::move(way));
  auto done = going.run();
  done.from = report.from;
  done.to = report.to;
  report = std::move(done);
  if (report.outcome == outcome::degraded && report.error)
    fall_back(what == std::string_view("install")
                  ? planned.hops.back().target.spec.on_rollback_failure
                  : appup::rollback_failure::keep,
              report.error->message(), report);
  if (!report.ok())
    return {};
  forget_modified(planned);
  {
    const std::lock_guard lock(operation_mutex_);
    alarm_.clear();
  }
  {
    const std::lock_guard lock(store_mutex_);
    previous_ = report.from;
  }
  return {};
}

result<std::string> release_handler::rollback_target(
    std::optional<std::string> to) const {
  if (to)
    return std::move(*to);
  const std::lock_guard lock(store_mutex_);
  const auto& now = store_.running();
  if (store_.permanent().vsn != now.vsn)
    return store_.permanent().vsn;
  if (!previous_.empty())
    return previous_;
  // After a restart nobody knows the order any more: the one unpacked last.
  std::string old;
  for (const auto& one : store_.which_releases()) {
    if (one.status == release_status::old)
      old = one.vsn;
  }
  if (!old.empty())
    return old;
  return failure(errc::no_such_release,
                 "no release ran before " + now.vsn + ": name one with --to");
}

install_report release_handler::rollback(std::optional<std::string> to,
                                         bool commit,
                                         const install_options& options,
                                         const requester& by,
                                         const event_sink& emit) {
  const auto target = rollback_target(std::move(to));
  if (!target || !end_trial()) {
    install_report report;
    report.from = running().vsn;
    report.error = target ? failure(errc::install_in_progress, why_busy())
                          : target.error();
    return report;
  }
  auto with = options;
  with.commit_after_restart = commit;
  auto report = change_to("rollback", *target, with, by, emit);
  if (report.outcome == outcome::installed && report.ok() && commit) {
    if (auto done = make_permanent(*target, by); !done) {
      report.error = done.error();
    }
  }
  return report;
}

}  // namespace instar::release_handler
