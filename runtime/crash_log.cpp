#include "runtime/crash_log.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar {

std::string to_string(const crash_entry& one) {
  return fmt::format("{}{}{} ({}){} {}", to_string(one.process),
                     one.name.empty() ? "" : " ", one.name, one.module,
                     one.what == crash_entry::kind::supervisor ? "" : ":",
                     one.why);
}

void crash_log::note(crash_entry one) {
  const std::lock_guard lock(mutex_);
  last_.push_back(std::move(one));
  if (last_.size() > limit)
    last_.pop_front();
}

std::vector<crash_entry> crash_log::between(
    steady_time from, steady_time to,
    const std::set<std::string>& modules) const {
  const std::lock_guard lock(mutex_);
  std::vector<crash_entry> found;
  for (const auto& one : last_) {
    if (one.at >= from && one.at < to &&
        (modules.empty() || one.what == crash_entry::kind::supervisor ||
         modules.contains(one.module))) {
      found.push_back(one);
    }
  }
  return found;
}

}  // namespace instar
