// The system queue of a process: replies, links, monitors, sys requests, its
// end.
#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/errors.hpp"
#include "runtime/gate.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/serve_request.hpp"
#include "runtime/system_request.hpp"

namespace instar {
namespace {

system_request& request_of(message& m) {
  return **static_cast<system_request**>(m.payload());
}

}  // namespace

void process::serve_system(message_ptr m) {
  switch (m->kind) {
    case message_kind::reply:
    case message_kind::down:
      if (has_wait_ && m->tag == wait_tag_) {
        if (extra_ != nullptr)
          extra_->monitors.erase(m->tag);
        wait_outcome outcome;
        if (m->is_failure) {
          const auto& why = *static_cast<const failure_payload*>(m->payload());
          outcome.error = why.code;
          outcome.context = why.context;
        } else {
          outcome.answer = std::move(m);
        }
        end_wait_with(std::move(outcome));
      } else if (m->kind == message_kind::down && extra_ != nullptr &&
                 extra_->monitors.erase(m->tag) > 0) {
        m->kind = message_kind::info;
        user_.push(m.release());
      }
      break;  // else: an answer that came too late
    case message_kind::exit:
      on_exit_signal(std::move(m));
      break;
    case message_kind::link:
      extra().links.insert(m->sender);
      break;
    case message_kind::unlink:
      if (extra_ != nullptr)
        extra_->links.erase(m->sender);
      if (m->sender == parent_)
        is_linked_to_parent_ = false;
      break;
    case message_kind::monitor:
      extra().monitored_by[m->tag] = m->sender;
      break;
    case message_kind::demonitor:
      if (extra_ != nullptr)
        extra_->monitored_by.erase(m->tag);
      break;
    case message_kind::paid:
      paid({{}, m->tag, {}});
      break;
    case message_kind::wake:
      check_deadlines();
      break;
    case message_kind::system:
      // A process in a callback that waits serves sys later, as in OTP.
      if (request_of(*m).what != system_request::operation::convert &&
          (request_of(*m).waits_at_gate() || frame_ || !is_initialised_)) {
        deferred_system_.push(m.release());
      } else {
        serve_request(std::move(m));
      }
      break;
    default:
      break;
  }
}

void process::serve_request(message_ptr m) {
  auto& request = request_of(*m);
  auto answer = instar::serve_request(*this, request);
  if (auto done = std::exchange(request.done, nullptr)) {
    done(std::move(answer));
  }
  m.reset();
  if (!frame_)
    after_callback();
}

void process::on_exit_signal(message_ptr m) {
  auto& why = *static_cast<exit_reason*>(m->payload());
  const auto sender = m->sender;
  if (why.name == "kill") {
    stop_reason_ = {"killed", {}};
    terminate();
    return;
  }
  if (extra_ != nullptr)
    extra_->links.erase(sender);
  const bool from_parent = sender == parent_ && static_cast<bool>(sender);
  if (from_parent)
    is_linked_to_parent_ = false;
  if (traps_exits_ && !from_parent) {
    user_.push(
        make_message(exit_message{sender, why}, message_kind::exit_notice)
            .release());
    return;
  }
  if (why.name == "normal" && !from_parent)
    return;
  // Its terminate callback is module code: it waits for the gate. The first
  // signal counts.
  if (has_pending_exit_)
    return;
  has_pending_exit_ = true;
  pending_exit_ = why;
}

void process::init_succeeded() {
  is_initialised_ = true;
  if (start_tag_ == 0)
    return;
  auto answer = make_message(self(), message_kind::reply);
  answer->tag = std::exchange(start_tag_, 0);
  runtime_->deliver(parent_, std::move(answer));
}

void process::init_failed(std::string reason) {
  if (start_tag_ != 0) {
    fail_call(*runtime_, parent_, std::exchange(start_tag_, 0),
              static_cast<int>(errc::init_failed), reason);
  }
  // The parent has its answer; a signal would say it twice.
  is_linked_to_parent_ = false;
  stop(exit_reason::error(std::move(reason)));
}

void process::terminate() {
  is_terminated_ = true;
  const auto me = self();
  const bool killed = stop_reason_.name == "killed";
  // States are destroyed below, by their module's code.
  current_activation()->enter();
  if (frame_) {
    pending_exit_ = stop_reason_;
    end_frame();
  }
  if (is_initialised_ && (!killed || behaviour_->terminates_when_killed())) {
    behaviour_->terminate(*this, stop_reason_);
  }
  continue_.reset();
  if (start_tag_ != 0) {
    fail_call(*runtime_, parent_, start_tag_, static_cast<int>(errc::noproc),
              stop_reason_.text());
    start_tag_ = 0;
  }
  remove_boxes();
  if (was_held_)
    gate_->forget(*this);
  if (extra_ != nullptr && !extra_->name.empty()) {
    runtime_->names().remove(extra_->name, me);
  }
  auto* waiting = reinterpret_cast<message*>(
      inbox_.exchange(dead, std::memory_order_acq_rel));
  while (waiting != nullptr) {
    auto* m = waiting;
    waiting = m->next;
    refuse(*runtime_, message_ptr(m), me, stop_reason_);
  }
  for (auto* queue : {&system_, &deferred_system_, &user_}) {
    while (auto m = queue->pop()) {
      refuse(*runtime_, std::move(m), me, stop_reason_);
    }
  }
  if (extra_ != nullptr) {
    for (const auto& [tag, caller] : extra_->owed) {
      fail_call(*runtime_, caller, tag, static_cast<int>(errc::noproc),
                stop_reason_.text());
    }
    for (const auto& [tag, watcher] : extra_->monitored_by) {
      auto down =
          make_message(down_message{tag, me, stop_reason_}, message_kind::down);
      down->tag = tag;
      runtime_->deliver(watcher, std::move(down));
    }
    for (const auto& [tag, watched] : extra_->monitors) {
      auto drop = make_message(timeout_message{}, message_kind::demonitor);
      drop->tag = tag;
      runtime_->deliver(watched, std::move(drop));
    }
    for (const auto& other : extra_->links) {
      runtime_->send_exit(me, other, stop_reason_);
    }
  }
  if (is_linked_to_parent_)
    runtime_->send_exit(me, parent_, stop_reason_);
  runtime_->on_exit(*this, me, stop_reason_);
}

// ---- links and monitors
// ---------------------------------------------------------

void process::link(pid other) {
  extra().links.insert(other);
  auto signal = make_message(timeout_message{}, message_kind::link);
  signal->sender = self();
  runtime_->deliver(other, std::move(signal));
}

void process::unlink(pid other) {
  if (other == parent_)
    is_linked_to_parent_ = false;
  if (extra_ != nullptr)
    extra_->links.erase(other);
  auto signal = make_message(timeout_message{}, message_kind::unlink);
  signal->sender = self();
  runtime_->deliver(other, std::move(signal));
}

std::uint64_t process::monitor(pid other) {
  const auto tag = next_tag();
  extra().monitors[tag] = other;
  auto signal = make_message(timeout_message{}, message_kind::monitor);
  signal->sender = self();
  signal->tag = tag;
  runtime_->deliver(other, std::move(signal));
  return tag;
}

void process::demonitor(std::uint64_t tag) {
  if (extra_ == nullptr)
    return;
  const auto found = extra_->monitors.find(tag);
  if (found == extra_->monitors.end())
    return;
  auto signal = make_message(timeout_message{}, message_kind::demonitor);
  signal->tag = tag;
  runtime_->deliver(found->second, std::move(signal));
  extra_->monitors.erase(found);
}

void process::owe(const from& caller) {
  extra().owed[caller.tag] = caller.caller;
}

void process::fail_handled(const char* why) {
  if (handled_ == nullptr || handled_->kind != message_kind::call)
    return;
  paid({handled_->sender, handled_->tag, self()});
  fail_call(*runtime_, handled_->sender, handled_->tag,
            static_cast<int>(errc::callback_failed), why);
}

void process::paid(const from& caller) {
  if (handled_ != nullptr && handled_->tag == caller.tag)
    is_handled_paid_ = true;
  if (extra_ != nullptr)
    extra_->owed.erase(caller.tag);
}

}  // namespace instar
