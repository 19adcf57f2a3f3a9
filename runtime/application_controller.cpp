#include "runtime/application_controller.hpp"

#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/supervisor_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {
namespace {

failure not_loaded(std::string_view name) {
  return {errc::not_loaded, fmt::format("application {} is not loaded", name)};
}

}  // namespace

result<> application_controller::load(application_info about) {
  const std::lock_guard lock(mutex_);
  const auto name = about.name;
  if (!entries_.try_emplace(name, entry{std::move(about), {}, false, {}, {}})
           .second) {
    return failure(errc::already_loaded,
                   fmt::format("application {} is loaded already", name));
  }
  return {};
}

result<> application_controller::unload(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    return not_loaded(name);
  if (found->second.is_running) {
    return failure(errc::running, fmt::format("application {} runs", name));
  }
  entries_.erase(found);
  return {};
}

result<pid> application_controller::start_top(const application_info& about) {
  if (about.start_module.empty())
    return pid{};
  auto pin = node_.code().use(about.start_module);
  if (!pin) {
    return failure(
        pin.error().code,
        fmt::format("application {}: {}", about.name, pin.error().context));
  }
  const auto* code = pin->get();
  start_spec top{about.start_module, about.start_args};
  if (code->descriptor.kind == behaviour_kind::application) {
    const auto& table =
        *static_cast<const application_table*>(code->descriptor.behaviour);
    callback_error error;
    auto done = run_as_process(
        node_, about.start_module,
        [&] { table.start(top, about.start_args, error); }, duration::max());
    if (error.failed || !done) {
      return failure(
          errc::init_failed,
          fmt::format("application {}: start failed: {}", about.name,
                      error.failed ? error.text : done.error().message()));
    }
  }
  spawn_options options;
  options.start.module = top.module;
  options.start.args = std::move(top.args);
  options.name = std::move(top.name);
  options.debug = std::move(top.debug);
  auto started = node_.start(std::move(options), duration::max() / 2);
  if (!started) {
    auto why = started.error();
    why.context = fmt::format("application {}: {}", about.name, why.message());
    return why;
  }
  return started;
}

result<> application_controller::start(std::string_view name,
                                       application_start_type type) {
  application_info about;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end())
      return not_loaded(name);
    if (found->second.is_running) {
      return failure(errc::already_started,
                     fmt::format("application {} runs already", name));
    }
    about = found->second.about;
    for (const auto& needed : about.applications) {
      const auto other = entries_.find(needed);
      if (other == entries_.end() || !other->second.is_running) {
        return failure(errc::not_started,
                       fmt::format("application {} needs {}, which is not "
                                   "started",
                                   name, needed));
      }
    }
  }
  INSTAR_TRY_ASSIGN(const auto top, start_top(about));
  const std::lock_guard lock(mutex_);
  auto& started = entries_.find(name)->second;
  started.is_running = true;
  started.type = type;
  started.top = top;
  started_.emplace_back(name);
  return {};
}

result<> application_controller::stop(std::string_view name) {
  application_info about;
  pid top;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end())
      return not_loaded(name);
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
  const auto pin = node_.code().pin_current(about.start_module);
  const auto* code = pin.get();
  if (code != nullptr && code->descriptor.kind == behaviour_kind::application) {
    const auto& table =
        *static_cast<const application_table*>(code->descriptor.behaviour);
    callback_error error;
    if (table.stop != nullptr) {
      auto done = run_as_process(
          node_, about.start_module,
          [&] { table.stop(about.start_args, error); }, duration::max());
      if (!done && !error.failed)
        error = {true, done.error().message()};
    }
    if (error.failed) {
      node_.log(log_level::error, fmt::format("application {}: stop failed: {}",
                                              name, error.text));
    }
  }
  return {};
}

void application_controller::stop_all() {
  for (;;) {
    std::string last;
    {
      const std::lock_guard lock(mutex_);
      if (started_.empty())
        return;
      last = started_.back();
    }
    if (auto stopped = stop(last); !stopped)
      return;
  }
}

void application_controller::top_ended(pid top, const exit_reason& why) {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [key, one] : entries_) {
      if (!one.is_running || one.top != top)
        continue;
      one.is_running = false;
      one.top = {};
      std::erase(started_, key);
      name = key;
    }
  }
  if (!name.empty()) {
    node_.log(log_level::error,
              fmt::format("application {} has ended: {}", name, why.text()));
  }
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
