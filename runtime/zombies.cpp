#include "runtime/zombies.hpp"

#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/timers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar {

std::string what_it_does(const zombie& one) {
  return one.message.empty() ? "killed inside init or terminate"
                             : "killed while it handled " + one.message;
}

std::string to_string(const zombie& one) {
  return fmt::format("{}{}{} ({})", to_string(one.process),
                     one.name.empty() ? "" : " ", one.name, what_it_does(one));
}

void zombies::killed(pid process) {
  {
    const std::lock_guard lock(mutex_);
    watched_.push_back(process);
    if (std::exchange(is_waiting_, true))
      return;
  }
  node_.timer_table().wake(pid{}, node_.sched().deadline_after(patience_));
}

void zombies::look() {
  std::vector<pid> now;
  {
    const std::lock_guard lock(mutex_);
    now = std::exchange(watched_, {});
    is_waiting_ = false;
  }
  for (const auto& process : now) {
    if (look_at(process))
      killed(process);
  }
}

bool zombies::look_at(pid process) {
  auto* found = node_.table().find_alive(process);
  if (found == nullptr)
    return false;
  if (auto notice = found->declare_dead(process)) {
    tell(node_, std::move(*notice));
    log(process);
    return false;
  }
  return node_.table().find_alive(process) != nullptr;
}

/// Here, and not in died(): that is called under a lock of the process.
void zombies::log(pid process) const {
  for (const auto& one : all()) {
    if (one.process == process) {
      node_.log(log_level::warning,
                fmt::format("process {}: its thread, state and code are kept "
                            "until that returns",
                            to_string(one)));
    }
  }
}

void zombies::died(zombie one) {
  const std::lock_guard lock(mutex_);
  all_.push_back(std::move(one));
}

void zombies::returned(pid process) {
  const std::lock_guard lock(mutex_);
  std::erase_if(all_,
                [&](const zombie& one) { return one.process == process; });
}

std::vector<zombie> zombies::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace instar
