// Applications that end while their release is on probation.
#include "release_handler/errors.hpp"
#include "release_handler/release_trial.hpp"
#include "runtime/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace instar::release_handler {

bool release_handler::application_ended(const application_end& what) {
  std::shared_ptr<trial> running;
  {
    const std::lock_guard lock(operation_mutex_);
    running = trial_;
    if (running == nullptr)
      return false;
    // Whether the release fails by this or has failed by something else.
    running->ended.push_back(what);
  }
  running->watch.application_ended(what.text());
  return true;
}

/// The probation is over, and where it had failed the way back is made. Whoever has
/// ended until now is started again there; else it ends the node.
void release_handler::end_trial_of(trial& of,
                                   const std::optional<install_report>& back) {
  for (;;) {
    std::vector<application_end> ended;
    {
      const std::lock_guard lock(operation_mutex_);
      ended = std::exchange(of.ended, {});
      if (ended.empty()) {
        of.rollback = back;
        of.is_over = true;
        trial_.reset();
        break;
      }
    }
    const bool restarts = back && back->outcome == outcome::fell_back;
    if (back && back->ok()) {
      revive(std::move(ended));
    } else if (!restarts && stop_) {
      stop_(ended.front());
    }
  }
  node_.sched().notify();
}

/// Each after those that it needs, which may be among them.
void release_handler::revive(std::vector<application_end> ended) {
  const auto is_running = [&](const std::string& name) {
    const auto all = node_.applications().all();
    return std::any_of(all.begin(), all.end(), [&](const auto& one) {
      return one.name == name && one.is_running;
    });
  };
  for (bool has_started = true; has_started && !ended.empty();) {
    has_started = std::erase_if(ended, [&](const auto& one) {
                    if (is_running(one.application))
                      return true;
                    const auto started =
                        node_.applications().start(one.application, one.type);
                    if (!started)
                      node_.log(log_level::error, started.error().message());
                    return static_cast<bool>(started);
                  }) > 0;
  }
  if (!ended.empty() && stop_)
    stop_(ended.front());
}

void release_handler::record_end(const application_end& what) {
  const std::lock_guard lock(store_mutex_);
  auto noted = history_.add(
      {{"operation", "stop"},
       {"from", store_.running().vsn},
       {"to", store_.permanent().vsn},
       {"by", "application " + what.application},
       {"ok", false},
       {"outcome", tag_of(errc::application_terminated)},
       {"error",
        boost::json::object{{"tag", tag_of(errc::application_terminated)},
                            {"message", what.text()}}}},
      time_.date());
  if (!noted)
    node_.log(log_level::error, noted.error().message());
}

}  // namespace instar::release_handler
