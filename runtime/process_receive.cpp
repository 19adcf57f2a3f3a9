// A process that takes messages out of its mailbox itself: a loop of its own, or a
// handler that waits for one.
#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/gate.hpp"
#include "runtime/process.hpp"
#include "runtime/receive_wait.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

namespace instar {

void process::begin_receive(receive_wait& wait, duration timeout,
                            std::coroutine_handle<> resume) {
  if (runs_loop()) {
    handled_.reset();  // what it took before
  } else {
    wait.takes_system = false;  // sys waits until a handler is done
  }
  receiving_ = &wait;
  wait.is_due = timeout <= duration::zero();
  const auto deadline = timeout == duration::max()
                            ? steady_time::max()
                            : runtime_->sched().deadline_after(timeout);
  begin_wait(0, {}, deadline, resume);
}

/// Whether there is something that it has not looked at.
bool process::has_to_receive() const {
  const auto& wait = *receiving_;
  return wait.is_due || wait.seen != user_.back() ||
         (wait.takes_system &&
          (!deferred_system_.empty() || gate_->is_closed()));
}

/// Goes on with a message or without, where it may. It is not quiet, so the gate
/// does not hold it: at a closed one it ends its frame as soon as it can.
bool process::step_receive() {
  auto& wait = *receiving_;
  current_activation()->enter();
  const bool is_shut = gate_->is_closed();
  wait.is_system = wait.takes_system && (is_shut || !deferred_system_.empty());
  message_ptr m;
  if (!wait.is_system) {
    m = wait.take(user_);
    if (m == nullptr && !wait.is_due)
      return false;
  } else if (is_shut && runtime_->all_gates().may_pass()) {
    // Somebody who is not quiet waits for its answer.
    if (const auto* passing = find_passing())
      m = wait.take_from(user_, passing->sender);
    wait.is_system = m == nullptr;
  }
  if (m != nullptr)
    take_in(wait, std::move(m));
  if (!was_declared_dead())
    end_wait_with({});
  return !is_terminated_;
}

void process::take_in(receive_wait& wait, message_ptr m) {
  wait.taken = m.get();
  const bool is_call = m->kind == message_kind::call;
  const from caller{m->sender, m->tag, self()};
  if (runs_loop()) {
    refused_ = nullptr;
    handled_ = std::move(m);
    is_handled_paid_ = false;
    if (is_debugged_)
      debug_received();
  } else {
    wait.kept = std::move(m);
  }
  if (is_call && !was_declared_dead())
    owe(caller);
}

void process::become(const behaviour& loop, std::string module) {
  set_loop(false);
  const std::lock_guard lock(fate_);
  behaviour_ = &loop;
  start_->module = std::move(module);
}

}  // namespace instar
