// The end of a process: by itself, or as a zombie.
#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/blockers.hpp"
#include "runtime/errors.hpp"
#include "runtime/gate.hpp"
#include "runtime/instance.hpp"
#include "runtime/packed_pid.hpp"
#include "runtime/process.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/zombies.hpp"

#include <algorithm>

namespace instar {
namespace {

const exit_reason killed{"killed", {}};

// What was said and not read yet counts where it takes a relation back.
void apply_unread(end_notice& notice) {
  for (const auto& m : notice.unread) {
    if (m->kind == message_kind::unlink) {
      notice.known.links.erase(m->sender);
      if (m->sender == notice.parent)
        notice.is_linked_to_parent = false;
    } else if (m->kind == message_kind::demonitor) {
      notice.known.monitored_by.erase(m->tag);
    }
  }
}

}  // namespace

callback_scope::callback_scope(process& self, const message* handled)
    : self_(self) {
  if (self.frame_) {
    self.callback_.store(1, std::memory_order_release);
    return;
  }
  const bool owes = handled != nullptr && handled->kind == message_kind::call;
  self.callback_key_.store(handled == nullptr ? nullptr : handled->key,
                           std::memory_order_relaxed);
  self.callback_caller_.store(owes ? pack(handled->sender) : 0,
                              std::memory_order_relaxed);
  self.callback_began_.store(
      self.node().sched().rough_now().time_since_epoch().count(),
      std::memory_order_relaxed);
  self.callback_.store(owes ? handled->tag : 1, std::memory_order_release);
}

blocker process::look(pid who) {
  blocker found{who, {}, {}, {}, false, {}, false, {}};
  const std::lock_guard lock(fate_);
  // Nobody ends it while the lock is held.
  if (self() != who || was_declared_dead())
    return found;
  found.name = name();
  found.module = start_->module;
  found.modules = gate_->modules;
  found.limits = start_->upgrade;
  found.waiting_for = waiting_for();
  found.is_in_callback = is_in_callback();
  found.is_receiving = frame_ && runs_loop() && !found.waiting_for;
  if (!found.is_in_callback && !found.waiting_for)
    return found;
  if (const auto* key = callback_key_.load(std::memory_order_relaxed))
    found.message = key->name;
  const steady_time began(
      steady_time::duration(callback_began_.load(std::memory_order_relaxed)));
  found.since = std::max(duration{}, runtime_->sched().now() - began);
  return found;
}

void tell(runtime& node, end_notice notice) {
  if (!notice.name.empty())
    node.names().remove(notice.name, notice.who);
  fail_call(node, notice.parent, notice.start_tag,
            static_cast<int>(errc::noproc), notice.why.text());
  for (auto& m : notice.unread)
    refuse(node, std::move(m), notice.who, notice.why);
  for (const auto& [tag, caller] : notice.known.owed) {
    fail_call(node, caller, tag, static_cast<int>(errc::noproc),
              notice.why.text());
  }
  for (const auto& [tag, watcher] : notice.known.monitored_by) {
    auto down = make_message(down_message{tag, notice.who, notice.why},
                             message_kind::down);
    down->tag = tag;
    node.deliver(watcher, std::move(down));
  }
  for (const auto& [tag, watched] : notice.known.monitors) {
    auto drop = make_message(timeout_message{}, message_kind::demonitor);
    drop->tag = tag;
    node.deliver(watched, std::move(drop));
  }
  for (const auto& other : notice.known.links)
    node.send_exit(notice.who, other, notice.why);
  if (notice.is_linked_to_parent)
    node.send_exit(notice.who, notice.parent, notice.why);
  node.on_exit(notice);
}

void process::take_unread(message* newest, end_notice& into) {
  for (auto* queue : {&system_, &deferred_system_, &user_}) {
    while (auto m = queue->pop())
      into.unread.push_back(std::move(m));
  }
  if (extra_ != nullptr) {
    while (auto m = extra_->postponed.pop())
      into.unread.push_back(std::move(m));
  }
  const auto queued = into.unread.size();
  while (newest != nullptr) {
    auto* older = newest->next;
    into.unread.emplace_back(newest);
    newest = older;
  }
  std::reverse(into.unread.begin() + static_cast<std::ptrdiff_t>(queued),
               into.unread.end());
}

void process::take_known(end_notice& into) {
  into.who = self();
  into.module = start_->module;
  into.is_dynamic = start_->is_dynamic;
  into.parent = parent_;
  into.is_linked_to_parent = std::exchange(is_linked_to_parent_, false);
  into.start_tag = std::exchange(start_tag_, 0);
  if (extra_ != nullptr) {
    into.name = extra_->name;
    into.known = std::exchange(extra_->known, {});
  }
  apply_unread(into);
}

/// Nobody sends to it from here on. Null where the undertaker has told the others.
std::optional<end_notice> process::close() {
  const std::lock_guard lock(fate_);
  auto head = inbox_.exchange(dead, std::memory_order_acq_rel);
  end_notice notice;
  take_unread(head == dead ? std::exchange(unread_, nullptr)
                           : reinterpret_cast<message*>(head),
              notice);
  if (is_zombie())
    return std::nullopt;
  notice.why = stop_reason_;
  take_known(notice);
  return notice;
}

void process::terminate() {
  is_terminated_ = true;
  const bool is_killed = stop_reason_.name == "killed";
  // States are destroyed below, by their module's code.
  current_activation()->enter();
  if (frame_) {
    pending_exit_ = stop_reason_;
    end_frame();
  }
  if (is_initialised_ && (!is_killed || behaviour_->terminates_when_killed())) {
    behaviour_->terminate(*this, stop_reason_);
  }
  continue_.reset();
  auto notice = close();
  remove_boxes();
  if (was_held_)
    gate_->forget(*this);
  if (!notice) {
    runtime_->zombies().returned(self());
    return;
  }
  tell(*runtime_, std::move(*notice));
}

std::optional<end_notice> process::declare_dead(pid who) {
  const std::lock_guard lock(fate_);
  if (self() != who || was_declared_dead() ||
      callback_.load(std::memory_order_acquire) == 0) {
    return std::nullopt;
  }
  auto head = inbox_.load(std::memory_order_acquire);
  if (head == 0 || head == idle ||
      !inbox_.compare_exchange_strong(head, dead, std::memory_order_acq_rel)) {
    return std::nullopt;  // it has read the kill, and will act on it
  }
  auto* newest = reinterpret_cast<message*>(head);
  const auto callback = callback_.load(std::memory_order_acquire);
  if (callback == 0) {
    // It has come back just now, and may have read the kill. Had it done so while
    // it was inside, we would have seen its way out: what follows the read of the
    // inbox is ordered behind it. It ends by itself, as killed.
    unread_ = newest;
    return std::nullopt;
  }
  // Still inside the callback in which the kill has reached it: it looks into its
  // inbox before it touches anything else, and waits for the lock then.
  is_zombie_.store(true, std::memory_order_release);
  end_notice notice;
  notice.why = killed;
  take_unread(newest, notice);
  take_known(notice);
  if (callback != 1) {
    notice.known.owed.emplace(
        callback, unpack(callback_caller_.load(std::memory_order_relaxed)));
  }
  if (frame_) {
    gate_->end_wait(*this);
    has_left_gate_ = true;
  }
  zombie made{who, notice.name, notice.module, {}, {}, runtime_->sched().now()};
  if (const auto* key = callback_key_.load(std::memory_order_relaxed))
    made.message = key->name;
  for (std::size_t i = 0; i < box_count(); ++i) {
    auto& kept = raw_box(i);
    if (kept.owner == nullptr)
      continue;
    kept.owner->uses.add(1);
    detach(kept);
    kept.is_pinned = true;
    made.vsn = kept.owner->vsn;
  }
  // Here, so that it is known before it can return.
  runtime_->zombies().died(std::move(made));
  return notice;
}

}  // namespace instar
