#include "release_handler/dynamic_modules.hpp"

#include "release_handler/children.hpp"
#include "release_handler/errors.hpp"
#include "runtime/blockers.hpp"
#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/sys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

namespace instar::release_handler {
namespace {

/// Kept by the questions: an answer may come when nobody waits any more.
struct open_questions {
  std::mutex mutex;
  modules_of_processes answers;
  std::size_t left = 0;
};

void note(open_questions& open, pid who, const result<value>& answer) {
  const std::lock_guard lock(open.mutex);
  --open.left;
  const auto* names = answer ? answer->if_array() : nullptr;
  if (names == nullptr)
    return;  // it has ended
  auto& modules = open.answers[who];
  for (const auto& name : *names)
    modules.emplace_back(name.as_string());
}

std::string name_of(runtime& node, pid who) {
  const auto found = look_at(node, who);
  return found.name.empty() ? to_string(who)
                            : found.name + " (" + to_string(who) + ")";
}

}  // namespace

result<modules_of_processes> ask_modules(runtime& node,
                                         const std::vector<pid>& whom,
                                         duration patience) {
  auto open = std::make_shared<open_questions>();
  open->left = whom.size();
  auto& sched = node.sched();
  for (const auto& who : whom) {
    auto asked = std::make_unique<system_request>();
    asked->what = system_request::operation::get_modules;
    asked->done = [open, who, &sched](const result<value>& answer) {
      note(*open, who, answer);
      sched.notify();
    };
    sys::request(node, who, std::move(asked));
  }
  const auto all_answered = [&] {
    const std::lock_guard lock(open->mutex);
    return open->left == 0;
  };
  const bool in_time = sched.wait(all_answered, sched.deadline_after(patience));
  const std::lock_guard lock(open->mutex);
  if (in_time)
    return open->answers;
  std::string silent;
  for (const auto& who : whom) {
    if (open->answers.contains(who) ||
        node.table().find_alive(who) == nullptr) {
      continue;
    }
    silent += (silent.empty() ? "" : ", ") + name_of(node, who);
  }
  return failure(
      errc::get_modules_failed,
      fmt::format(
          "{} did not say within {} ms of which modules it is, which its child "
          "specification (dynamic) leaves to it",
          silent,
          std::chrono::duration_cast<std::chrono::milliseconds>(patience)
              .count()));
}

result<> add_dynamic_processes(runtime& node, std::vector<module_upgrade>& to,
                               duration patience) {
  std::vector<std::string> suspended;
  for (const auto& one : to) {
    if (one.is_suspended)
      suspended.push_back(one.module);
  }
  if (suspended.empty())
    return {};
  INSTAR_TRY_ASSIGN(const auto answers,
                    ask_modules(node, node.dynamic_processes(), patience));
  for (const auto& [who, modules] : answers) {
    if (!concerns(suspended, modules))
      continue;
    const auto process = look_at(node, who);
    // Those at whose gates it waits: also its handlers', of an event manager.
    if (process.module.empty() || concerns(suspended, process.modules))
      continue;
    module_upgrade held;
    held.module = process.module;
    held.is_suspended = true;
    suspended.push_back(held.module);
    to.push_back(std::move(held));
  }
  return {};
}

}  // namespace instar::release_handler
