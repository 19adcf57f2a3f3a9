// How an application ends: by itself, or stopped.
#include "runtime/application_callbacks.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {

using detail::application_table_of;

const char* to_string(application_start_type type) {
  switch (type) {
    case application_start_type::permanent:
      return "permanent";
    case application_start_type::transient:
      return "transient";
    case application_start_type::temporary:
      return "temporary";
  }
  return "temporary";
}

bool application_end::ends_node() const {
  return type == application_start_type::permanent ||
         (type == application_start_type::transient &&
          why != exit_reason::normal());
}

std::string application_end::text() const {
  return fmt::format("application {} ({}) has ended: {}", application,
                     to_string(type), why.text());
}

void application_controller::end_top(pid top) {
  if (!top)
    return;
  // Its parent is outside of any process, whose exit signal it obeys.
  node_.send_exit(external_pid, top, exit_reason::shutdown());
  auto& sched = node_.sched();
  sched.wait([&] { return node_.table().find_alive(top) == nullptr; },
             sched.now() + std::chrono::hours(1));
}

void application_controller::call_stop(const application_info& about) {
  const auto pin = node_.code().pin_current(about.start_module);
  const auto* table = application_table_of(pin.get());
  if (table == nullptr || table->stop == nullptr)
    return;
  callback_error error;
  auto done = run_as_process(
      node_, about.start_module, [&] { table->stop(about.start_args, error); },
      duration::max());
  if (!done && !error.failed)
    error = {true, done.error().message()};
  if (error.failed) {
    node_.log(log_level::error, fmt::format("application {}: stop failed: {}",
                                            about.name, error.text));
  }
}

void application_controller::top_ended(pid top, const exit_reason& why) {
  application_info about;
  application_end end;
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& one) {
          return one.second.is_running && one.second.top == top;
        });
    if (found == entries_.end()) {
      if (starting_ > 0)
        ended_early_.emplace(top, why);
      return;
    }
    auto& one = found->second;
    about = one.about;
    end = {about.name, one.type, why};
    one.is_running = false;
    one.top = {};
    std::erase(started_, about.name);
  }
  node_.log(log_level::error, end.text());
  // It may take its time, and this is a worker.
  auto stopping = start_as_process(node_, about.start_module, [this, about] {
    const auto pin = node_.code().pin_current(about.start_module);
    const auto* table = application_table_of(pin.get());
    callback_error error;
    if (table != nullptr && table->stop != nullptr)
      table->stop(about.start_args, error);
    if (error.failed) {
      node_.log(log_level::error, fmt::format("application {}: stop failed: {}",
                                              about.name, error.text));
    }
  });
  if (stopping) {
    const std::lock_guard lock(mutex_);
    std::erase_if(stops_, [&](pid one) {
      return node_.table().find_alive(one) == nullptr;
    });
    stops_.push_back(*stopping);
  }
  if (told_)
    told_(end);
}

/// What top_ended() has begun.
void application_controller::wait_for_stops() {
  auto& sched = node_.sched();
  const auto is_done = [&] {
    const std::lock_guard lock(mutex_);
    return std::all_of(stops_.begin(), stops_.end(), [&](pid one) {
      return node_.table().find_alive(one) == nullptr;
    });
  };
  sched.wait(is_done, sched.now() + std::chrono::hours(1));
}

}  // namespace instar
