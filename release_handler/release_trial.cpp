// What follows an installation: its probation, and the way back where that fails.
#include "release_handler/release_trial.hpp"

#include "release_handler/errors.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::release_handler {
namespace {

/// While another operation (an unpack, a check) is in the way of the rollback.
constexpr std::chrono::seconds rollback_patience{60};
constexpr std::chrono::milliseconds rollback_interval{20};

std::set<std::string> modules_of(const planned_way& way) {
  std::set<std::string> all;
  for (const auto& hop : way.hops) {
    for (const auto& one : hop.todo.steps) {
      if (const auto* together = std::get_if<batch>(&one)) {
        for (const auto& module : together->modules)
          all.insert(module.module);
      }
    }
  }
  return all;
}

const char* to_string(probation::verdict of) {
  switch (of) {
    case probation::verdict::passed:
      return "passed";
    case probation::verdict::failed:
      return "failed";
    case probation::verdict::ended:
      return "ended";
  }
  return "ended";
}

}  // namespace

/// Within the operation, so that nobody gets in between.
void release_handler::begin_trial(const planned_way& way, const requester& by,
                                  install_report& report) {
  const auto& spec = way.hops.back().target.spec;
  if (!spec.probation || spec.probation->seconds.count() <= 0)
    return;
  if (trial_thread_.joinable())
    trial_thread_.join();
  auto made = std::make_shared<trial>(
      report.to, report.from, by.who, to_text(time_.date()), spec,
      probation_setting{node_, *spec.probation, modules_of(way),
                        store_.root()});
  report.probation = made->watch.length();
  {
    const std::lock_guard lock(operation_mutex_);
    trial_ = last_trial_ = made;
  }
  trial_thread_ = std::thread([this, made] { run_trial(*made); });
}

void release_handler::run_trial(trial& of) {
  const auto verdict = of.watch.watch();
  boost::json::object entry{{"operation", "probation"},
                            {"from", of.from},
                            {"to", of.vsn},
                            {"by", of.by},
                            {"ok", verdict != probation::verdict::failed},
                            {"outcome", to_string(verdict)}};
  std::optional<install_report> back;
  if (verdict == probation::verdict::failed) {
    entry["error"] = boost::json::object{
        {"tag", make_error_code(errc::probation_failed).message()},
        {"message", of.watch.why()}};
    node_.log(log_level::error,
              fmt::format("release {} has failed its probation and is taken "
                          "back: {}",
                          of.vsn, of.watch.why()));
  }
  {
    // The journal, which another operation may have open, is not concerned.
    const std::lock_guard lock(store_mutex_);
    if (auto noted = history_.add(std::move(entry), time_.date()); !noted)
      node_.log(log_level::error, noted.error().message());
  }
  if (verdict == probation::verdict::failed)
    back = take_trial_back(of);
  if (verdict == probation::verdict::passed &&
      of.then == appup::probation_end::commit) {
    if (auto done = commit_release(of.vsn, {"probation"}); !done)
      node_.log(log_level::error, done.error().message());
  }
  end_trial_of(of, back);
  if (back && back->outcome == outcome::fell_back)
    restart_();
}

install_report release_handler::take_trial_back(trial& of) {
  install_options options;
  // It was allowed when the release was installed.
  options.allow_irreversible = true;
  options.keep_running = true;
  install_report back;
  const auto deadline = node_.sched().now() + rollback_patience;
  for (;;) {
    back = change_to("rollback", of.from, options, {"probation"}, {}, true);
    if (!back.error || back.error->code != errc::install_in_progress ||
        node_.sched().now() >= deadline) {
      break;
    }
    node_.sched().wait([] { return false; },
                       node_.sched().now() + rollback_interval);
  }
  if (back.ok())
    return back;
  fall_back(
      of.on_rollback_failure,
      fmt::format("release {} has failed its probation, and could not "
                  "be taken back: {}",
                  of.vsn, back.error ? back.error->message() : "no way back"),
      back);
  if (back.outcome != outcome::fell_back)
    return back;
  const std::lock_guard lock(store_mutex_);
  auto noted = history_.add({{"operation", "restart"},
                             {"from", of.vsn},
                             {"to", store_.permanent().vsn},
                             {"by", "probation"},
                             {"ok", false},
                             {"outcome", to_string(outcome::fell_back)}},
                            time_.date());
  if (!noted)
    node_.log(log_level::error, noted.error().message());
  return back;
}

/// Before a commit or a rollback by an operator. False: it has failed already, and
/// the release handler itself is going back.
bool release_handler::end_trial() {
  std::shared_ptr<trial> running;
  {
    const std::lock_guard lock(operation_mutex_);
    running = trial_;
  }
  if (running == nullptr)
    return true;
  if (!running->watch.end())
    return false;
  wait_for(*running);
  return true;
}

void release_handler::wait_for(trial& of) {
  node_.sched().wait(
      [&] {
        const std::lock_guard lock(operation_mutex_);
        return of.is_over;
      },
      steady_time::max());
}

void release_handler::wait_for_probation(install_report& report) {
  std::shared_ptr<trial> running;
  {
    const std::lock_guard lock(operation_mutex_);
    // It may be over by now.
    if (last_trial_ == nullptr || last_trial_->vsn != report.to)
      return;
    running = last_trial_;
  }
  wait_for(*running);
  const std::lock_guard lock(operation_mutex_);
  if (!running->rollback)
    return;
  report.outcome = running->rollback->ok() ? outcome::rolled_back
                   : running->rollback->outcome == outcome::fell_back
                       ? outcome::fell_back
                       : outcome::degraded;
  report.error = failure(errc::probation_failed, running->watch.why());
  if (running->rollback->error) {
    report.error->context +=
        "; and taking it back failed: " + running->rollback->error->message();
  }
}

value release_handler::on_probation() const {
  const std::lock_guard lock(operation_mutex_);
  if (trial_ == nullptr)
    return nullptr;
  return boost::json::object{{"vsn", trial_->vsn},
                             {"from", trial_->from},
                             {"by", trial_->by},
                             {"since", trial_->since},
                             {"seconds", trial_->watch.length().count()}};
}

void release_handler::raise_alarm(std::string text) {
  node_.log(log_level::error, text);
  const std::lock_guard lock(operation_mutex_);
  alarm_ = std::move(text);
}

std::string release_handler::alarm() const {
  const std::lock_guard lock(operation_mutex_);
  return alarm_;
}

}  // namespace instar::release_handler
