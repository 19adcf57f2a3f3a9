// A process whose handler waits: for an answer, or until a deadline.
#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/errors.hpp"
#include "runtime/gate.hpp"
#include "runtime/packed_pid.hpp"
#include "runtime/process.hpp"
#include "runtime/receive_wait.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

namespace instar {

// ---- a handler that waits
// -----------------------------------------------------------

void process::begin_wait(std::uint64_t tag, pid target, steady_time deadline,
                         std::coroutine_handle<> resume) {
  has_wait_ = true;
  wait_tag_ = tag;
  wait_deadline_ = deadline;
  resume_ = resume;
  waiting_for_.store(pack(target), std::memory_order_seq_cst);
  if (deadline != steady_time::max())
    ensure_wake(deadline);
  runtime_->note_wait(*this);
}

void process::end_wait_with(wait_outcome outcome) {
  has_wait_ = false;
  wait_tag_ = 0;
  receiving_ = nullptr;
  waiting_for_.store(0, std::memory_order_seq_cst);
  outcome_ = std::move(outcome);
  // Not quiet, so it goes on at a closed gate too.
  current_activation()->enter();
  if (auto waiting = std::exchange(resume_, nullptr);
      behaviour_->may_cut_off()) {
    const callback_scope here(*this);
    waiting.resume();
  } else {
    waiting.resume();  // the runtime's own code, which does not hang
  }
  outcome_ = {};
  if (frame_ && frame_.done()) {
    if (is_debugged_)
      debug_done();
    end_frame();
    if (is_stopping_)
      terminate();
  }
}

void process::end_frame() {
  has_wait_ = false;
  receiving_ = nullptr;
  waiting_for_.store(0, std::memory_order_seq_cst);
  const bool is_cut_off = !frame_.done();
  frame_.destroy();
  {
    const std::lock_guard lock(fate_);
    frame_ = nullptr;
    if (!has_left_gate_)
      gate_->end_wait(*this);
  }
  if (!is_cut_off && !was_declared_dead())
    behaviour_->frame_done(*this);
  if (is_cut_off && handled_ != nullptr &&
      handled_->kind == message_kind::call) {
    if (settle_debt(handled_->tag)) {
      fail_call(*runtime_, handled_->sender, handled_->tag,
                static_cast<int>(errc::noproc), pending_exit_.text());
    }
  }
  handled_.reset();
  if (idle_deadline_ != steady_time::max())
    ensure_wake(idle_deadline_);
  if (gate_->is_closed())
    runtime_->sched().notify();
}

// ---- time
// -----------------------------------------------------------------------------

void process::set_idle_timeout(duration after) {
  idle_deadline_ = runtime_->sched().deadline_after(after);
  ensure_wake(idle_deadline_);
}

/// Has a wake come no later than `due`. A wake that is under way anyway is
/// enough: it looks at the deadlines when it comes, and asks for the next.
void process::ensure_wake(steady_time due) {
  if (wake_due_ <= due)
    return;
  wake_due_ = due;
  runtime_->timer_table().wake(self(), due);
}

void process::check_deadlines() {
  wake_due_ = steady_time::max();
  const auto now = runtime_->sched().now();
  if (frame_) {
    // It is looked at again when the handler is done.
  } else if (idle_deadline_ <= now) {
    idle_deadline_ = steady_time::max();
    if (user_.empty()) {
      user_.push(make_message(timeout_message{}, message_kind::info).release());
    }
  } else if (idle_deadline_ != steady_time::max()) {
    ensure_wake(idle_deadline_);
  }
  if (!has_wait_)
    return;
  if (wait_deadline_ <= now && receiving_ != nullptr) {
    receiving_->is_due = true;  // what has come meanwhile counts
  } else if (wait_deadline_ <= now) {
    wait_outcome late;
    late.error = static_cast<int>(errc::timeout);
    late.context = "no answer from " + to_string(waiting_for());
    end_wait_with(std::move(late));
  } else if (wait_deadline_ != steady_time::max()) {
    ensure_wake(wait_deadline_);
  }
}

std::uint64_t process::next_tag() {
  return runtime_->next_tag();
}

}  // namespace instar
