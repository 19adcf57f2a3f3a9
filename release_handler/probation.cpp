#include "release_handler/probation.hpp"

#include "release_handler/health_check.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {

probation::probation(probation_setting setting)
    : with_(std::move(setting)),
      began_(with_.node.sched().now()),
      crashes_before_(
          with_.node.crashes()
              .between(began_ - with_.rules.seconds, began_, with_.modules)
              .size()) {}

bool probation::decide(verdict to, std::string why) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(decided_, true))
      return false;
    verdict_ = to;
    why_ = std::move(why);
  }
  with_.node.sched().notify();
  return true;
}

bool probation::is_decided() const {
  const std::lock_guard lock(mutex_);
  return decided_;
}

bool probation::end() {
  return decide(verdict::ended);
}
bool probation::fail(std::string why) {
  return decide(verdict::failed, std::move(why));
}

void probation::application_ended(const std::string& why) {
  look_at_crashes();
  static_cast<void>(fail(why));
}

std::string probation::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

void probation::look_at_crashes() {
  const auto all =
      with_.node.crashes().between(began_, steady_time::max(), with_.modules);
  const auto gave_up =
      std::find_if(all.begin(), all.end(), [](const crash_entry& one) {
        return one.what == crash_entry::kind::supervisor;
      });
  if (gave_up != all.end()) {
    decide(verdict::failed, "a supervisor gave up: " + to_string(*gave_up));
    return;
  }
  if (!with_.rules.max_restarts)
    return;
  // What crashed as often before is not this release's doing.
  const auto allowed =
      std::max<std::size_t>(*with_.rules.max_restarts, crashes_before_);
  if (all.size() > allowed) {
    decide(
        verdict::failed,
        fmt::format("{} crashes since the installation, where {} are allowed "
                    "and the {} s before it had {}; the last: {}",
                    all.size(), *with_.rules.max_restarts,
                    with_.rules.seconds.count(), crashes_before_,
                    to_string(all.back())));
  }
}

void probation::ask_health() {
  if (auto fine = check_health(with_.node, with_.rules, with_.root); !fine)
    decide(verdict::failed, "the health check: " + fine.error().message());
}

probation::verdict probation::watch() {
  auto& sched = with_.node.sched();
  const auto until = began_ + with_.rules.seconds;
  const bool has_health = has_health_check(with_.rules);
  auto next_health = has_health ? began_ : steady_time::max();
  for (;;) {
    const auto is_over = [&] {
      look_at_crashes();
      return is_decided();
    };
    if (sched.wait(is_over, std::min(until, next_health)))
      break;
    if (sched.now() >= next_health) {
      ask_health();
      next_health = sched.now() + health_interval;
    }
    // Healthy until the end is asked at the end too.
    if (sched.now() >= until) {
      if (has_health)
        ask_health();
      decide(verdict::passed);
    }
  }
  const std::lock_guard lock(mutex_);
  return verdict_;
}

}  // namespace instar::release_handler
