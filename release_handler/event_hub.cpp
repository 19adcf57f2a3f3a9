#include "release_handler/event_hub.hpp"

#include <utility>

namespace instar::release_handler {

void event_hub::listen(std::function<void(const value&)> listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void event_hub::publish(const value& event) {
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_)
    listener(event);
  for (auto* one : watchers_) {
    one->events_.push_back(event);
    if (one->events_.size() > watcher_events_limit) {
      one->events_.pop_front();
      ++one->lost_;
    }
  }
  came_.notify_all();
}

event_hub::watcher::watcher(event_hub& hub) : hub_(hub) {
  const std::lock_guard lock(hub_.mutex_);
  is_watching_ = hub_.watchers_.size() < watchers_limit;
  if (is_watching_)
    hub_.watchers_.push_back(this);
}

event_hub::watcher::~watcher() {
  const std::lock_guard lock(hub_.mutex_);
  hub_.watchers_.remove(this);
}

std::vector<value> event_hub::watcher::wait(
    std::chrono::milliseconds patience) {
  std::unique_lock lock(hub_.mutex_);
  hub_.came_.wait_for(lock, patience, [&] { return !events_.empty(); });
  std::vector<value> taken;
  if (lost_ > 0) {
    taken.push_back(boost::json::object{{"event", "lost"}, {"count", lost_}});
    lost_ = 0;
  }
  taken.insert(taken.end(), std::make_move_iterator(events_.begin()),
               std::make_move_iterator(events_.end()));
  events_.clear();
  return taken;
}

}  // namespace instar::release_handler
