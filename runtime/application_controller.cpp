#include "runtime/application_controller.hpp"

#include "runtime/application_callbacks.hpp"
#include "runtime/errors.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

namespace instar {
result<> application_controller::load(application_info about) {
  const std::lock_guard lock(mutex_);
  const auto name = about.name;
  entry made;
  made.about = std::move(about);
  if (!entries_.try_emplace(name, std::move(made)).second) {
    return failure(errc::already_loaded,
                   fmt::format("application {} is loaded already", name));
  }
  return {};
}

result<> application_controller::unload(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    return detail::not_loaded(name);
  if (found->second.is_running) {
    return failure(errc::running, fmt::format("application {} runs", name));
  }
  entries_.erase(found);
  return {};
}

result<> application_controller::stop(std::string_view name) {
  application_info about;
  pid top;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end())
      return detail::not_loaded(name);
    if (!found->second.is_running) {
      return failure(errc::not_started,
                     fmt::format("application {} is not started", name));
    }
    about = found->second.about;
    top = found->second.top;
    found->second.is_running = false;
    found->second.top = {};
    std::erase(started_, name);
  }
  if (top) {
    // Its parent is outside of any process, whose exit signal it obeys.
    node_.send_exit(external_pid, top, exit_reason::shutdown());
    auto& sched = node_.sched();
    sched.wait([&] { return node_.table().find_alive(top) == nullptr; },
               sched.now() + std::chrono::hours(1));
  }
  call_stop(about);
  return {};
}

void application_controller::stop_all() {
  for (;;) {
    std::string last;
    {
      const std::lock_guard lock(mutex_);
      if (started_.empty())
        break;
      last = started_.back();
    }
    // It may have ended just now.
    static_cast<void>(stop(last));
  }
  wait_for_stops();
}

std::string application_controller::priv_dir(
    std::string_view application) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(application);
  if (found == entries_.end() || found->second.about.folder.empty())
    return {};
  return found->second.about.folder + "/priv";
}

std::vector<application_status> application_controller::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<application_status> found;
  const auto add = [&](const entry& one) {
    found.push_back({one.about.name, one.about.vsn, one.about.description,
                     one.is_running, one.type, one.top});
  };
  for (const auto& name : started_)
    add(entries_.find(name)->second);
  for (const auto& [name, one] : entries_) {
    if (!one.is_running)
      add(one);
  }
  return found;
}

}  // namespace instar
