#include "runtime/application_controller.hpp"

#include "runtime/application_callbacks.hpp"
#include "runtime/errors.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {
result<> application_controller::load(application_info about) {
  const std::lock_guard lock(mutex_);
  const auto name = about.name;
  for (const auto& included : about.included) {
    if (const auto* other = includer_of(included);
        other != nullptr && other->about.name != name) {
      return failure(errc::included,
                     fmt::format("application {} is included by {} and by {}",
                                 included, other->about.name, name));
    }
  }
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
  end_top(top);
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

/// Of those that are loaded.
const application_controller::entry* application_controller::includer_of(
    std::string_view name) const {
  for (const auto& [key, one] : entries_) {
    const auto& all = one.about.included;
    if (std::find(all.begin(), all.end(), name) != all.end())
      return &one;
  }
  return nullptr;
}

bool application_controller::is_served(std::string_view name) const {
  // By number, lest two that include each other go round.
  for (std::size_t i = 0; i <= entries_.size(); ++i) {
    const auto found = entries_.find(name);
    if (found != entries_.end() && found->second.is_running)
      return true;
    const auto* includer = includer_of(name);
    if (includer == nullptr)
      return false;
    name = includer->about.name;
  }
  return false;
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
    const auto& name = one.about.name;
    const auto* includer = includer_of(name);
    found.push_back({name, one.about.vsn, one.about.description, one.is_running,
                     one.type, one.top,
                     includer == nullptr ? "" : includer->about.name,
                     is_served(name)});
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
