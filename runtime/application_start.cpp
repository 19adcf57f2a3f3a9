// The start of an application.
#include "runtime/application_callbacks.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {

using detail::application_table_of;

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
  if (const auto* table = application_table_of(code)) {
    callback_error error;
    auto done = run_as_process(
        node_, about.start_module,
        [&] { table->start(top, about.start_args, error); }, duration::max());
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

/// Depth first, as they are listed.
void application_controller::add_included(
    const application_info& about, std::vector<application_info>& to) const {
  for (const auto& name : about.included) {
    const auto found = entries_.find(name);
    const auto is_there =
        std::any_of(to.begin(), to.end(),
                    [&](const auto& one) { return one.name == name; });
    if (found == entries_.end() || is_there)
      continue;
    to.push_back(found->second.about);
    add_included(found->second.about, to);
  }
}

result<> application_controller::run_phases(const application_info& about) {
  if (about.start_module.empty())
    return {};
  std::vector<application_info> all{about};
  {
    const std::lock_guard lock(mutex_);
    add_included(about, all);
  }
  for (const auto& phase : about.start_phases) {
    for (const auto& one : all) {
      const auto own =
          std::find_if(one.start_phases.begin(), one.start_phases.end(),
                       [&](const auto& its) { return its.name == phase.name; });
      if (own == one.start_phases.end())
        continue;
      if (auto done = run_phase(one, *own); !done) {
        return failure(
            done.error().code,
            fmt::format("application {}: start phase {} of {}: {}", about.name,
                        phase.name, one.name, done.error().context));
      }
    }
  }
  return {};
}

result<> application_controller::run_phase(const application_info& of,
                                           const application_phase& phase) {
  if (of.start_module.empty())
    return failure(errc::undef, "it has no module to call");
  INSTAR_TRY_ASSIGN(const auto pin, node_.code().use(of.start_module));
  const auto* table = application_table_of(pin.get());
  if (table == nullptr || table->start_phase == nullptr) {
    return failure(errc::undef, fmt::format("module {} has no start_phase",
                                            of.start_module));
  }
  callback_error error;
  auto done = run_as_process(
      node_, of.start_module,
      [&] { table->start_phase(phase.name, phase.args, error); },
      duration::max());
  if (error.failed)
    return failure(errc::init_failed, error.text);
  return done;
}

/// What the entry may say at the start; nobody else starts it meanwhile.
result<application_info> application_controller::begin_start(
    std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    return detail::not_loaded(name);
  auto& one = found->second;
  if (one.is_running || one.is_starting) {
    return failure(errc::already_started,
                   fmt::format("application {} runs already", name));
  }
  if (const auto* includer = includer_of(name)) {
    return failure(errc::included,
                   fmt::format("application {} is included by {}, which starts "
                               "it",
                               name, includer->about.name));
  }
  for (const auto& needed : one.about.applications) {
    if (!is_served(needed)) {
      return failure(errc::not_started,
                     fmt::format("application {} needs {}, which is not "
                                 "started",
                                 name, needed));
    }
  }
  one.is_starting = true;
  ++starting_;
  return one.about;
}

result<> application_controller::finish_start(std::string_view name,
                                              application_start_type type,
                                              const result<pid>& top) {
  const std::lock_guard lock(mutex_);
  auto& one = entries_.find(name)->second;
  one.is_starting = false;
  std::optional<exit_reason> ended;
  if (const auto early = top ? ended_early_.find(*top) : ended_early_.end();
      early != ended_early_.end()) {
    ended = early->second;
  }
  if (--starting_ == 0)
    ended_early_.clear();
  if (!top)
    return top.error();
  if (ended) {
    return failure(errc::init_failed,
                   fmt::format("application {} ended while it was started: {}",
                               name, ended->text()));
  }
  one.is_running = true;
  one.type = type;
  one.top = *top;
  started_.emplace_back(name);
  return {};
}

result<> application_controller::start(std::string_view name,
                                       application_start_type type) {
  INSTAR_TRY_ASSIGN(const auto about, begin_start(name));
  auto top = start_top(about);
  if (top) {
    if (auto phases = run_phases(about); !phases) {
      end_top(*top);
      call_stop(about);
      top = phases.error();
    }
  }
  auto done = finish_start(name, type, top);
  if (top && !done)
    call_stop(about);
  return done;
}

}  // namespace instar
