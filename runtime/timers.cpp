#include "runtime/timers.hpp"

#include "runtime/exit_reason.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

namespace instar {

std::uint64_t timers::add(steady_time due, entry made) {
  bool is_first = false;
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++last_id_;
    const auto at = entries_.emplace(std::pair(due, id), std::move(made)).first;
    is_first = at == entries_.begin();
  }
  if (is_first)
    node_.sched().set_timer(due);
  return id;
}

void timers::wake(pid process, steady_time due) {
  add(due, {process, nullptr});
}

std::uint64_t timers::send(pid to, message_ptr m, steady_time due) {
  return add(due, {to, std::move(m)});
}

bool timers::cancel(steady_time due, std::uint64_t id) {
  message_ptr gone;  // destroyed outside of the lock: it is a module's
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({due, id});
  if (found == entries_.end())
    return false;
  gone = std::move(found->second.m);
  entries_.erase(found);
  return true;
}

std::vector<pid> timers::targets_of(const instance& code) const {
  const std::lock_guard lock(mutex_);
  std::vector<pid> found;
  for (const auto& [key, one] : entries_) {
    if (one.m != nullptr && one.m->owner == &code)
      found.push_back(one.to);
  }
  return found;
}

void timers::expire() {
  const auto now = node_.sched().now();
  for (;;) {
    entry due;
    {
      const std::lock_guard lock(mutex_);
      if (entries_.empty())
        return;
      if (entries_.begin()->first.first > now) {
        node_.sched().set_timer(entries_.begin()->first.first);
        return;
      }
      due = std::move(entries_.begin()->second);
      entries_.erase(entries_.begin());
    }
    if (!due.to) {
      node_.zombies().look();
      continue;
    }
    if (due.m == nullptr) {
      due.m = make_message(timeout_message{}, message_kind::wake);
    }
    node_.deliver(due.to, std::move(due.m));
  }
}

steady_time timers::next_due() const {
  const std::lock_guard lock(mutex_);
  return entries_.empty() ? steady_time::max() : entries_.begin()->first.first;
}

void timers::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

}  // namespace instar
