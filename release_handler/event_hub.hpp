// What happens on a node, for whoever wants to know: operators who watch, the
// metrics, the log, the service manager. Any thread.
//
//     {"event": "begin", "operation", "from", "to", "by"}
//     the phases of the installation
//     {"event": "end", "operation", "by", ...report}
//
// Others than installations have an end alone.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace instar::release_handler {

/// How many may watch at once.
inline constexpr std::size_t watchers_limit = 16;
/// Events that a watcher has not taken; the oldest are dropped.
inline constexpr std::size_t watcher_events_limit = 1024;

class event_hub {
public:
  /// Called for each event, by who publishes it: quick, and without calling
  /// back. Before anything is published.
  void listen(std::function<void(const value&)> listener);
  void publish(const value& event);

  /// From now on; not longer than the hub.
  class watcher {
  public:
    explicit watcher(event_hub& hub);
    watcher(const watcher&) = delete;
    ~watcher();
    /// False: too many watch already, and nothing will come.
    explicit operator bool() const { return is_watching_; }
    /// What came; empty after `patience`. Where some were dropped, the first is
    /// `{"event": "lost", "count"}`.
    std::vector<value> wait(std::chrono::milliseconds patience);

  private:
    friend class event_hub;
    event_hub& hub_;
    bool is_watching_ = false;
    std::deque<value> events_;
    std::size_t lost_ = 0;
  };

private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::function<void(const value&)>> listeners_;
  std::list<watcher*> watchers_;
};

}  // namespace instar::release_handler
