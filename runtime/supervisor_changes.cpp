#include "runtime/supervisor_changes.hpp"

#include "runtime/activation.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/supervisor_children.hpp"
#include "runtime/sys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

namespace instar {
namespace {

/// A supervisor may be ending a child that takes its time.
constexpr std::chrono::seconds patience{30};

std::vector<std::string> changed_fields(const child_spec& before,
                                        const child_spec& after) {
  std::vector<std::string> found;
  const auto compare = [&](const char* name, const auto& a, const auto& b) {
    if (!(a == b))
      found.emplace_back(name);
  };
  compare("start.module", before.start.module, after.start.module);
  compare("start.args", before.start.args, after.start.args);
  compare("start.name", before.start.name, after.start.name);
  compare("restart", before.restart, after.restart);
  compare("shutdown", shutdown_of(before), shutdown_of(after));
  compare("type", before.type, after.type);
  compare("modules", before.modules, after.modules);
  compare("dynamic", before.dynamic, after.dynamic);
  compare("upgrade", before.upgrade, after.upgrade);
  compare("significant", before.significant, after.significant);
  return found;
}

result<std::vector<child_change>> compare(process& self, supervisor_state& now,
                                          supervisor_state& next) {
  std::vector<child_change> found;
  if (now.is_simple() != next.is_simple()) {
    const bool has_children =
        !now.dynamic_children.empty() ||
        std::any_of(now.children.begin(), now.children.end(),
                    [](const auto& one) { return bool(one.process); });
    if (has_children) {
      return failure(
          errc::bad_child_spec,
          fmt::format("supervisor {} has children, so that simple_one_for_one "
                      "can neither come nor go",
                      to_string(self.self())));
    }
    return found;
  }
  const auto add = [&](child_difference what, const supervised_child* before,
                       const child_spec* after) {
    child_change made;
    made.supervisor = self.self();
    made.supervisor_name = self.name();
    made.what = what;
    made.id = before != nullptr ? before->spec.id : after->id;
    if (before != nullptr) {
      made.before = before->spec;
      made.is_running = static_cast<bool>(before->process);
    }
    if (after != nullptr)
      made.after = *after;
    if (before != nullptr && after != nullptr)
      made.fields = changed_fields(before->spec, *after);
    found.push_back(std::move(made));
  };
  const auto is_simple = now.is_simple();
  for (auto one = now.children.rbegin(); one != now.children.rend(); ++one) {
    if (!is_simple && one->is_specified && next.find(one->spec.id) == nullptr)
      add(child_difference::removed, &*one, nullptr);
  }
  for (const auto& one : next.children) {
    if (!is_simple && now.find(one.spec.id) == nullptr)
      add(child_difference::added, nullptr, &one.spec);
  }
  for (const auto& one : next.children) {
    const auto* before =
        is_simple ? &now.children.front() : now.find(one.spec.id);
    if (before == nullptr || changed_fields(before->spec, one.spec).empty())
      continue;
    add(child_difference::changed, before, &one.spec);
  }
  return found;
}

struct asked {
  std::mutex mutex;
  bool is_over = false;
  std::size_t open = 0;
  std::optional<failure> error;
  std::vector<child_change> found;
};

/// In the supervisor's process, between two messages.
void look(asked& by, process& self, const instance& from, const instance& to) {
  const std::lock_guard lock(by.mutex);
  if (by.is_over || self.box_count() == 0 || self.current_box().owner != &from)
    return;
  auto& here = *current_activation();
  const auto* exports = here.exports;
  if (exports == nullptr)
    here.see_exports();
  auto next = ask_init(to, self.start().args);
  here.exports = exports;
  if (!next) {
    by.error = next.error();
    return;
  }
  auto changes = compare(self, state_of(self), *next);
  if (!changes) {
    by.error = changes.error();
    return;
  }
  for (auto& one : *changes)
    by.found.push_back(std::move(one));
}

}  // namespace

result<std::vector<child_change>> child_changes(runtime& node, instance& from,
                                                instance& to) {
  if (from.descriptor.kind != behaviour_kind::supervisor ||
      to.descriptor.kind != behaviour_kind::supervisor || &from == &to) {
    return std::vector<child_change>();
  }
  std::vector<pid> supervisors;
  {
    const std::lock_guard lock(from.mutex);
    for (auto* b = from.first_box; b != nullptr; b = b->next)
      supervisors.push_back(b->holder->self());
  }
  const auto work = std::make_shared<asked>();
  work->open = supervisors.size();
  for (const auto who : supervisors) {
    auto request = std::make_unique<system_request>();
    request->what = system_request::operation::visit;
    request->visit = [work, &from, &to](process& self) {
      look(*work, self, from, to);
    };
    request->done = [work, &node](const result<value>&) {
      {
        const std::lock_guard lock(work->mutex);
        --work->open;
      }
      node.sched().notify();
    };
    sys::request(node, who, std::move(request));
  }
  const auto is_done = [&] {
    const std::lock_guard lock(work->mutex);
    return work->open == 0;
  };
  const bool in_time =
      node.sched().wait(is_done, node.sched().now() + patience);
  const std::lock_guard lock(work->mutex);
  // Whoever comes later finds it over, and does not touch the code.
  work->is_over = true;
  if (!in_time) {
    return failure(errc::timeout, fmt::format("a supervisor of {} does not say "
                                              "which children it has",
                                              from.name));
  }
  if (work->error)
    return *work->error;
  return std::move(work->found);
}

}  // namespace instar
