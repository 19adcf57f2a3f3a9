// The mailbox and the loop of a process. Boxes: process_boxes.cpp. System
// messages, links: process_signals.cpp. Waits: process_wait.cpp. Ends:
// process_end.cpp.
#include "runtime/process.hpp"

#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/errors.hpp"
#include "runtime/gate.hpp"
#include "runtime/instance.hpp"
#include "runtime/packed_pid.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

namespace instar {
namespace {

/// Messages in one turn, so that a busy process does not keep others waiting.
constexpr int turn_budget = 128;

bool is_system(message_kind kind) {
  return kind >= message_kind::reply;
}

}  // namespace

// ---- any thread
// -----------------------------------------------------------------

bool process::push(message_ptr m, bool* was_idle) {
  const pid to{index_, m->target_generation};
  if (generation_.load(std::memory_order_acquire) != to.generation) {
    refuse(*runtime_, std::move(m), to);
    return false;
  }
  auto head = inbox_.load(std::memory_order_relaxed);
  message* raw = m.get();
  for (;;) {
    if (head == dead) {
      refuse(*runtime_, std::move(m), to);
      return false;
    }
    raw->next = head == idle ? nullptr : reinterpret_cast<message*>(head);
    if (inbox_.compare_exchange_weak(
            head, reinterpret_cast<std::uintptr_t>(raw),
            std::memory_order_seq_cst, std::memory_order_relaxed)) {
      break;
    }
  }
  m.release();
  if (was_idle != nullptr)
    *was_idle = head == idle;
  if (head == idle)
    runtime_->sched().enqueue(*this);
  return true;
}

void process::kick() {
  kicked_.store(true, std::memory_order_seq_cst);
  if (try_claim())
    runtime_->sched().enqueue(*this);
}

void process::look_again() {
  if (!try_claim()) {
    kick();
    return;
  }
  if (!frame_) {
    const activation here(*this);
    settle_boxes();
  }
  release();
}

bool process::try_claim() {
  auto expected = idle;
  return inbox_.compare_exchange_strong(expected, 0, std::memory_order_seq_cst);
}

void process::release() {
  if (!finish())
    runtime_->sched().enqueue(*this);
}

pid process::waiting_for() const {
  return unpack(waiting_for_.load(std::memory_order_seq_cst));
}

const std::string& process::name() const {
  static const std::string none;
  return extra_ == nullptr ? none : extra_->name;
}

// ---- the loop
// ---------------------------------------------------------------------

void process::run() {
  activation here(*this);
  do {
    kicked_.store(false, std::memory_order_seq_cst);
    is_blocked_ = false;
    if (!frame_ && !was_declared_dead())
      settle_boxes();
    for (int budget = turn_budget; budget > 0 && step(); --budget) {
    }
    // Declared dead; or killed just when it came back, which ends it as well.
    if (!is_terminated_ && !drain()) {
      // What declare_dead did is over, and seen here, from now on.
      { const std::lock_guard lock(fate_); }
      stop_reason_ = {"killed", {}};
      terminate();
    }
    if (is_terminated_) {
      auto& node = *runtime_;
      node.table().free(*this);
      node.sched().notify();
      return;
    }
    // However many messages still come: whoever is held is not inside.
    if (is_blocked_)
      here.leave();
    if (!system_.empty() || (has_user_work() && !is_blocked_)) {
      // One that never gets idle is the one to be seen.
      mailbox_length_.store(user_.size(), std::memory_order_relaxed);
      runtime_->sched().enqueue(*this);
      return;
    }
  } while (!finish());
}

/// Gives the process back; false where there is something new to do.
bool process::finish() {
  mailbox_length_.store(user_.size(), std::memory_order_relaxed);
  std::uintptr_t nothing_new = 0;
  if (!inbox_.compare_exchange_strong(nothing_new, idle,
                                      std::memory_order_seq_cst)) {
    return false;
  }
  // A kick between the last look and the release found nobody to enqueue.
  return !(kicked_.load(std::memory_order_seq_cst) && try_claim());
}

/// Takes over what has arrived; false where the process was declared dead, and its
/// queues may not be touched.
bool process::drain() {
  auto head = inbox_.load(std::memory_order_acquire);
  if (head == 0)
    return true;
  do {
    if (head == dead)
      return false;
  } while (!inbox_.compare_exchange_weak(head, 0, std::memory_order_acq_rel,
                                         std::memory_order_acquire));
  auto* newest = reinterpret_cast<message*>(head);
  message* oldest = nullptr;
  while (newest != nullptr) {
    auto* older = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = older;
  }
  const auto mine = generation_.load(std::memory_order_relaxed);
  while (oldest != nullptr) {
    auto* m = oldest;
    oldest = m->next;
    if (m->target_generation != mine) {
      refuse(*runtime_, message_ptr(m), {index_, m->target_generation});
    } else if (is_system(m->kind)) {
      system_.push(m);
    } else {
      user_.push(m);
    }
  }
  // A handler that does not return is to be seen with what waits behind it.
  if (user_.size() > 1)
    mailbox_length_.store(user_.size(), std::memory_order_relaxed);
  return true;
}

/// Does one thing; false where there is nothing that it may do now.
bool process::step() {
  if (is_terminated_ || !drain())
    return false;
  if (auto m = system_.pop()) {
    serve_system(std::move(m));
    return !is_terminated_;
  }
  if (!has_user_work())
    return false;
  // A handler that waits is not quiet, so its end need not wait for the gate.
  const bool ends_handler = has_pending_exit_ && frame_;
  // Nor is a loop, until it ends its frame.
  if (!ends_handler && frame_)
    return step_receive();
  if (!ends_handler && gate_->is_closed())
    return step_held();
  // Publish first, then look: the closer does it the other way round.
  current_activation()->enter();
  if (!ends_handler && gate_->is_closed())
    return step_held();
  return step_user();
}

bool process::has_user_work() const {
  if (is_terminated_)
    return false;
  if (has_pending_exit_)
    return !frame_ || behaviour_->may_cut_off();
  if (frame_)
    return receiving_ != nullptr && has_to_receive();
  // Its first message is init, which all else waits for.
  if (!is_initialised_)
    return !user_.empty();
  if (!deferred_system_.empty())
    return true;
  if (is_suspended_)
    return false;
  return continue_ != nullptr || !user_.empty() || runs_loop();
}

bool process::step_user() {
  if (has_pending_exit_) {
    has_pending_exit_ = false;
    if (frame_)
      end_frame();
    if (behaviour_->on_stop(*this, pending_exit_))
      stop(pending_exit_);
    after_callback();
    return !is_terminated_;
  }
  if (is_initialised_ && !deferred_system_.empty()) {
    serve_request(deferred_system_.pop());
  } else if (is_initialised_ && runs_loop()) {
    behaviour_->start_loop(*this);
    after_callback();
  } else if (continue_ != nullptr) {
    serve(std::move(continue_));
  } else {
    serve(user_.pop());
  }
  return !is_terminated_;
}

/// At a closed gate: only what a process that is not quiet waits for may pass,
/// after what the same sender queued before it.
bool process::step_held() {
  const auto* passing =
      has_pending_exit_ || frame_ || is_suspended_ ? nullptr : find_passing();
  if (passing != nullptr && passing != refused_) {
    // Publish first, then look again: whoever finds everybody quiet forbids to
    // pass before it looks a last time.
    current_activation()->enter();
    if (runtime_->all_gates().may_pass()) {
      if (!is_initialised_) {
        serve(user_.take(
            [](const message& m) { return m.kind == message_kind::init; }));
      } else if (runs_loop()) {
        refused_ = passing;
        behaviour_->start_loop(*this);
        after_callback();
      } else if (continue_ != nullptr) {
        serve(std::move(continue_));
      } else {
        const auto sender = passing->sender;
        serve(user_.take(
            [&](const message& earlier) { return earlier.sender == sender; }));
      }
      return !is_terminated_;
    }
  }
  is_blocked_ = gate_->hold(*this);
  was_held_ = was_held_ || is_blocked_;
  return !is_blocked_;
}

const message* process::find_passing() const {
  auto& gates = runtime_->all_gates();
  if (!gates.may_pass())
    return nullptr;
  for (const message* m = user_.front(); m != nullptr; m = m->next) {
    if ((m->kind == message_kind::call || m->kind == message_kind::init) &&
        gates.may_pass(m->sender)) {
      return m;
    }
  }
  return nullptr;
}

void process::serve(message_ptr m) {
  if (m->kind == message_kind::init) {
    {
      const std::lock_guard lock(fate_);
      start_tag_ = m->tag;
    }
    behaviour_->init(*this);
  } else {
    // Of an answer that was taken meanwhile.
    if (m->kind == message_kind::response && !has_request(m->tag, true))
      return;
    idle_deadline_ = steady_time::max();
    handled_ = std::move(m);
    is_handled_paid_ = false;
    if (!is_debugged_ || debug_received())
      behaviour_->handle(*this, *handled_);
  }
  after_callback();
}

/// A callback has returned: it is done, or it waits, or the process ends.
void process::after_callback() {
  if (next_gate_ != nullptr)
    return change_gate();
  if (new_frame_) {
    if (handled_ != nullptr && handled_->kind == message_kind::call &&
        !is_handled_paid_) {
      owe({handled_->sender, handled_->tag, self()});
    }
    const std::lock_guard lock(fate_);
    frame_ = std::exchange(new_frame_, nullptr);
    gate_->begin_wait(*this);
    return;
  }
  if (is_debugged_)
    debug_done();
  handled_.reset();
  if (is_stopping_)
    terminate();
}

bool process::join(const std::string& module) {
  if (gate_->has_module(module))
    return true;
  // Of what it has now: the gates of modules that are gone are left.
  auto modules = start_->modules;
  modules.push_back(start_->module);
  for (std::size_t i = 0; i < box_count(); ++i) {
    if (const auto* owner = raw_box(i).owner)
      modules.push_back(owner->name);
  }
  modules.push_back(module);
  next_gate_ = &runtime_->all_gates().of(std::move(modules));
  return false;
}

/// Between two gates it is inside none, and the message is the next again.
void process::change_gate() {
  if (handled_ == nullptr) {
    // It was about to start its loop.
  } else if (handled_->kind == message_kind::continuation) {
    continue_ = std::move(handled_);
  } else {
    user_.push_front(handled_.release());
  }
  current_activation()->leave();
  gate_->forget(*this);  // it may have been let pass while it was held there
  const std::lock_guard lock(fate_);
  gate_ = std::exchange(next_gate_, nullptr);
}

bool process::may_go_on() {
  const std::lock_guard lock(fate_);
  return !was_declared_dead();
}

void process::set_data(std::unique_ptr<loop_data> data) {
  const std::lock_guard lock(fate_);
  extra().data = std::move(data);
}

void process::postpone_handled() {
  if (handled_ == nullptr || was_declared_dead())
    return;
  if (handled_->kind == message_kind::call)
    settle_debt(handled_->tag);
  extra_->postponed.push(handled_.release());
}

void process::owe_handled() {
  if (handled_ != nullptr && handled_->kind == message_kind::call &&
      !is_handled_paid_ && !was_declared_dead()) {
    owe({handled_->sender, handled_->tag, self()});
  }
}

void process::retry_postponed() {
  if (extra_ != nullptr && !was_declared_dead())
    user_.prepend(extra_->postponed);
}

/// Ready for the next process of this slot; the inbox stays dead.
void process::reset() {
  is_blocked_ = was_held_ = is_initialised_ = is_suspended_ = false;
  is_stopping_ = is_linked_to_parent_ = traps_exits_ = has_left_gate_ = false;
  is_zombie_.store(false, std::memory_order_release);
  has_pending_exit_ = is_terminated_ = has_wait_ = is_debugged_ = false;
  mailbox_length_.store(0, std::memory_order_relaxed);
  behaviour_ = nullptr;
  start_.reset();
  extra_.reset();
  parent_ = {};
  stop_reason_ = {};
  pending_exit_ = {};
  new_frame_ = nullptr;
  receiving_ = nullptr;
  refused_ = nullptr;
  set_loop(false);
  next_gate_ = nullptr;
  resume_ = nullptr;
  handled_.reset();
  waiting_for_.store(0, std::memory_order_relaxed);
  pass_mark_.store(0, std::memory_order_relaxed);
  outcome_ = {};
  start_tag_ = wait_tag_ = 0;
  wake_due_ = idle_deadline_ = steady_time::max();
}

void process::stop(exit_reason reason) {
  if (is_stopping_)
    return;
  is_stopping_ = true;
  stop_reason_ = std::move(reason);
}

}  // namespace instar
