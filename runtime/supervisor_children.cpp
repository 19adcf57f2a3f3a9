#include "runtime/supervisor_children.hpp"

#include "runtime/context.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {
namespace {

/// Waits for the answer or the down message tagged `tag`.
struct wait_for {
  process& self;
  std::uint64_t tag;
  pid target;
  steady_time deadline;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> resume) const {
    self.begin_wait(tag, target, deadline, resume);
  }
  wait_outcome await_resume() const { return self.take_outcome(); }
};

/// Notes a restart; false where there were more than the intensity allows.
bool may_restart(process& self) {
  auto& state = state_of(self);
  const auto now = self.node().sched().now();
  state.restarts.push_back(now);
  while (!state.restarts.empty() &&
         state.restarts.front() + state.flags.period < now) {
    state.restarts.pop_front();
  }
  return static_cast<std::int64_t>(state.restarts.size()) <=
         state.flags.intensity;
}

task<> give_up(process& self) {
  self.node().log(log_level::error,
                  fmt::format("supervisor {} ({}): reached its maximum restart "
                              "intensity",
                              to_string(self.self()), self.start().module));
  self.node().crashes().note({crash_entry::kind::supervisor, self.self(),
                              self.name(), self.start().module,
                              "reached its maximum restart intensity",
                              self.node().sched().now()});
  co_await end_children(self, 0);
  self.stop(exit_reason::shutdown());
}

steady_time shutdown_deadline(process& self, std::int64_t shutdown_ms) {
  return shutdown_ms >= 0 ? self.node().sched().deadline_after(
                                std::chrono::milliseconds(shutdown_ms))
                          : steady_time::max();
}

task<> end_process_by(process& self, pid child, std::int64_t shutdown_ms,
                      steady_time deadline) {
  auto& node = self.node();
  // No longer in the list of children: see start_process.
  self.add_link(child);
  const auto tag = self.monitor(child);
  const bool brutal = shutdown_ms == shutdown_brutal_kill;
  node.send_exit(self.self(), child,
                 brutal ? exit_reason::kill() : exit_reason::shutdown());
  auto outcome = co_await wait_for{self, tag, child, deadline};
  if (outcome.answer == nullptr) {
    node.send_exit(self.self(), child, exit_reason::kill());
    co_await wait_for{self, tag, child, steady_time::max()};
  }
  self.remove_link(child);
}

bool wants_restart(restart_type restart, const exit_reason& why) {
  return restart == restart_type::permanent ||
         (restart == restart_type::transient && !why.is_expected());
}

/// A child has ended by itself and is not started again.
task<> end_with_significant(process& self, bool was_significant) {
  auto& state = state_of(self);
  const auto mode = state.flags.auto_shutdown;
  if (!was_significant || mode == auto_shutdown_mode::never)
    co_return;
  const auto runs = [](const supervised_child& one) {
    return one.spec.significant && (one.process || one.is_restarting);
  };
  const bool others_run =
      state.is_simple()
          ? !state.dynamic_children.empty()
          : std::any_of(state.children.begin(), state.children.end(), runs);
  if (mode == auto_shutdown_mode::all_significant && others_run)
    co_return;
  co_await end_children(self, 0);
  self.stop(exit_reason::shutdown());
}

}  // namespace

supervisor_state& state_of(process& self) {
  return *static_cast<supervisor_state*>(self.current_box().state);
}

task<child_reply> start_process(process& self, const child_spec& spec,
                                value args) {
  spawn_options options;
  options.start.module = spec.start.module;
  options.start.args = std::move(args);
  options.start.modules = spec.modules;
  options.start.is_dynamic = spec.dynamic;
  options.start.upgrade = spec.upgrade;
  options.name = spec.start.name;
  options.debug = spec.start.debug;
  options.parent = self.self();
  options.is_linked = true;
  options.start_tag = self.next_tag();
  const auto tag = options.start_tag;
  child_reply reply;
  // The wait begins before the child can answer: both happen on this process.
  const auto started = self.node().spawn(std::move(options));
  if (!started) {
    reply.error = started.error().tag();
    reply.detail = started.error().message();
    co_return reply;
  }
  // Not in the list of children yet: if this supervisor is killed now, the link
  // ends the child.
  self.add_link(*started);
  auto outcome = co_await wait_for{self, tag, *started, steady_time::max()};
  self.remove_link(*started);
  if (outcome.answer != nullptr) {
    reply.child = *started;
  } else if (static_cast<errc>(outcome.error) != errc::ignored) {
    // A child that was ignored is there without a process.
    reply.error = "init_failed";
    reply.detail = outcome.context;
  }
  co_return reply;
}

task<> end_process(process& self, pid child, std::int64_t shutdown_ms) {
  co_await end_process_by(self, child, shutdown_ms,
                          shutdown_deadline(self, shutdown_ms));
}

task<std::string> start_children(process& self, std::size_t from) {
  // By index: a coroutine may not hold a reference into the list while it
  // waits.
  for (std::size_t i = from; i < state_of(self).children.size(); ++i) {
    auto& child = state_of(self).children[i];
    if (child.process)
      continue;
    const auto spec = child.spec;
    auto reply = co_await start_process(self, spec, spec.start.args);
    auto* started = state_of(self).find(spec.id);
    if (started == nullptr)
      continue;
    if (!reply.error.empty()) {
      co_return fmt::format("child {}: {}: {}", spec.id, reply.error,
                            reply.detail);
    }
    started->process = reply.child;
    started->is_restarting = false;
    // A temporary child that was ignored is none.
    if (!reply.child && spec.restart == restart_type::temporary) {
      auto& list = state_of(self).children;
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(i--));
    }
  }
  co_return std::string();
}

task<> end_children(process& self, std::size_t from) {
  auto& state = state_of(self);
  if (state.is_simple()) {
    auto dynamic = std::exchange(state.dynamic_children, {});
    const auto shutdown = shutdown_of(state.children.front().spec);
    const bool brutal = shutdown == shutdown_brutal_kill;
    for (const auto& [child, args] : dynamic) {
      self.add_link(child);
      self.node().send_exit(
          self.self(), child,
          brutal ? exit_reason::kill() : exit_reason::shutdown());
    }
    // All at once, so that many slow ones take no longer than one.
    const auto deadline = shutdown_deadline(self, shutdown);
    for (const auto& [child, args] : dynamic) {
      co_await end_process_by(self, child, shutdown, deadline);
    }
    co_return;
  }
  for (std::size_t i = state_of(self).children.size(); i-- > from;) {
    auto& child = state_of(self).children[i];
    if (!child.process)
      continue;
    const auto gone = std::exchange(child.process, pid{});
    const auto shutdown = shutdown_of(child.spec);
    const bool is_temporary = child.spec.restart == restart_type::temporary;
    co_await end_process(self, gone, shutdown);
    if (is_temporary) {
      auto& list = state_of(self).children;
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

task<> on_child_exit(process& self, pid child, exit_reason why) {
  auto& state = state_of(self);
  if (state.is_simple()) {
    const auto found = state.dynamic_children.find(child);
    if (found == state.dynamic_children.end())
      co_return;
    auto args = std::move(found->second);
    state.dynamic_children.erase(found);
    const auto& kind = state.children.front().spec;
    if (!wants_restart(kind.restart, why)) {
      co_await end_with_significant(self, kind.significant);
      co_return;
    }
    for (;;) {
      if (!may_restart(self)) {
        co_await give_up(self);
        co_return;
      }
      const auto spec = state_of(self).children.front().spec;
      auto reply = co_await start_process(self, spec,
                                          merged_args(spec.start.args, args));
      if (reply.error.empty()) {
        if (reply.child)
          state_of(self).dynamic_children.emplace(reply.child, std::move(args));
        co_return;
      }
    }
  }
  auto* ended = state.find(child);
  if (ended == nullptr)
    co_return;  // ended by us
  ended->process = {};
  if (!wants_restart(ended->spec.restart, why)) {
    const bool was_significant = ended->spec.significant;
    if (ended->spec.restart == restart_type::temporary) {
      state.children.erase(state.children.begin() +
                           (ended - state.children.data()));
    }
    co_await end_with_significant(self, was_significant);
    co_return;
  }
  ended->is_restarting = true;
  const auto index = static_cast<std::size_t>(ended - state.children.data());
  for (;;) {
    if (!may_restart(self)) {
      co_await give_up(self);
      co_return;
    }
    switch (state_of(self).flags.strategy) {
      case restart_strategy::one_for_all:
        co_await end_children(self, 0);
        break;
      case restart_strategy::rest_for_one:
        co_await end_children(self, index);
        break;
      default:
        break;
    }
    std::string error;
    if (state_of(self).flags.strategy == restart_strategy::one_for_one) {
      const auto spec = state_of(self).children[index].spec;
      auto reply = co_await start_process(self, spec, spec.start.args);
      auto& restarted = state_of(self).children[index];
      restarted.process = reply.child;
      restarted.is_restarting = !reply.error.empty();
      error = reply.error;
    } else {
      error = co_await start_children(
          self, state_of(self).flags.strategy == restart_strategy::rest_for_one
                    ? index
                    : 0);
    }
    if (error.empty())
      co_return;
  }
}

}  // namespace instar
