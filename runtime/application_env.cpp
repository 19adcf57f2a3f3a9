// The environment of applications, and how an upgrade changes it.
#include "runtime/application_callbacks.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {
namespace {

/// What get_env gives.
boost::json::object env_in_force(const application_info& about,
                                 const boost::json::object& set_env) {
  auto made = about.env;
  for (const auto& [key, item] : set_env)
    made.insert_or_assign(key, item);
  return made;
}

const value* find(const boost::json::object& env, std::string_view key) {
  return env.if_contains({key.data(), key.size()});
}

bool is_same(const value* a, const value* b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

env_change difference(const std::string& application,
                      const boost::json::object& before,
                      const boost::json::object& now) {
  env_change made{application, {}, {}, {}};
  for (const auto& [key, item] : now) {
    const auto* was = find(before, key);
    if (was == nullptr) {
      made.added[key] = item;
    } else if (*was != item) {
      made.changed[key] = item;
    }
  }
  for (const auto& [key, item] : before) {
    if (find(now, key) == nullptr)
      made.removed.emplace_back(key);
  }
  return made;
}

}  // namespace

value application_controller::env(std::string_view application,
                                  std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(application);
  if (found == entries_.end())
    return nullptr;
  const auto* item = find(found->second.set_env, key);
  if (item == nullptr)
    item = find(found->second.about.env, key);
  return item == nullptr ? value() : *item;
}

result<> application_controller::set_env(std::string_view application,
                                         std::string_view key, value to) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(application);
  if (found == entries_.end()) {
    return failure(errc::not_loaded,
                   fmt::format("application {} is not loaded", application));
  }
  found->second.set_env[key] = std::move(to);
  return {};
}

void application_controller::update(const std::vector<application_info>& to) {
  const std::lock_guard lock(mutex_);
  for (const auto& about : to) {
    const auto found = entries_.find(about.name);
    if (found == entries_.end())
      continue;
    auto& one = found->second;
    boost::json::object kept;
    for (const auto& [key, item] : one.set_env) {
      if (is_same(find(one.about.env, key), find(about.env, key)))
        kept[key] = item;
    }
    one.set_env = std::move(kept);
    one.about = about;
  }
}

std::vector<application_settings> application_controller::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<application_settings> found;
  for (const auto& [name, one] : entries_)
    found.push_back({one.about, one.set_env});
  return found;
}

void application_controller::restore(
    const std::vector<application_settings>& to) {
  const std::lock_guard lock(mutex_);
  for (const auto& before : to) {
    const auto found = entries_.find(before.about.name);
    if (found == entries_.end())
      continue;
    auto& one = found->second;
    one.about = before.about;
    for (const auto& [key, item] : before.set_env) {
      if (!one.set_env.contains(key))
        one.set_env[key] = item;
    }
  }
}

std::vector<env_change> application_controller::env_changes(
    const std::vector<application_settings>& before) const {
  const std::lock_guard lock(mutex_);
  std::vector<env_change> found;
  for (const auto& name : started_) {
    const auto& one = entries_.find(name)->second;
    const auto was = std::find_if(
        before.begin(), before.end(),
        [&](const auto& settings) { return settings.about.name == name; });
    if (was == before.end())
      continue;
    auto change = difference(name, env_in_force(was->about, was->set_env),
                             env_in_force(one.about, one.set_env));
    if (!change.changed.empty() || !change.added.empty() ||
        !change.removed.empty()) {
      found.push_back(std::move(change));
    }
  }
  return found;
}

result<> application_controller::config_change(const env_change& what) {
  std::string module;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(what.application);
    if (found == entries_.end() || !found->second.is_running)
      return {};
    module = found->second.about.start_module;
  }
  const auto pin = node_.code().pin_current(module);
  const auto* table = detail::application_table_of(pin.get());
  if (table == nullptr || table->config_change == nullptr)
    return {};
  callback_error error;
  auto done = run_as_process(
      node_, module,
      [&] {
        table->config_change(what.changed, what.added, what.removed, error);
      },
      duration::max());
  if (error.failed) {
    return failure(errc::callback_failed,
                   fmt::format("config_change of application {}: {}",
                               what.application, error.text));
  }
  return done;
}

}  // namespace instar
