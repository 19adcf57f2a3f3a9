// The system queue of a process: replies, links, monitors, sys requests. Its end:
// process_end.cpp.
#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/errors.hpp"
#include "runtime/exit_signal.hpp"
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
        forget_monitor(m->tag);
        wait_outcome outcome;
        if (m->is_failure) {
          const auto& why = *static_cast<const failure_payload*>(m->payload());
          outcome.error = why.code;
          outcome.context = why.context;
        } else {
          outcome.answer = std::move(m);
        }
        end_wait_with(std::move(outcome));
      } else if (m->kind == message_kind::reply && keep_response(m)) {
        // It is told of in its turn.
      } else if (m->kind == message_kind::down && forget_monitor(m->tag)) {
        m->kind = message_kind::info;
        user_.push(m.release());
      }
      break;  // else: an answer that came too late
    case message_kind::exit:
      on_exit_signal(std::move(m));
      break;
    case message_kind::link:
      add_link(m->sender);
      break;
    case message_kind::unlink:
      remove_link(m->sender);
      break;
    case message_kind::monitor: {
      const std::lock_guard lock(fate_);
      extra().known.monitored_by[m->tag] = m->sender;
      break;
    }
    case message_kind::demonitor: {
      const std::lock_guard lock(fate_);
      if (extra_ != nullptr)
        extra_->known.monitored_by.erase(m->tag);
      break;
    }
    case message_kind::paid:
      paid({{}, m->tag, {}});
      break;
    case message_kind::wake:
      check_deadlines();
      break;
    case message_kind::system:
      // A process in a callback that waits serves sys later, as in OTP.
      // A special process ends its frame first, but for what says only who it is.
      if (request_of(*m).what != system_request::operation::convert &&
          !(runs_loop() && request_of(*m).asks_who()) &&
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
  if (m->tag != sender_lives)
    remove_link(sender);
  const bool from_parent = sender == parent_ && static_cast<bool>(sender);
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
  const auto tag = take_start_tag();
  if (tag == 0)
    return;
  auto answer = make_message(self(), message_kind::reply);
  answer->tag = tag;
  runtime_->deliver(parent_, std::move(answer));
}

void process::init_failed(std::string reason) {
  const auto tag = take_start_tag();
  fail_call(*runtime_, parent_, tag, static_cast<int>(errc::init_failed),
            reason);
  // A parent that has its answer would hear it twice.
  if (tag != 0)
    remove_link(parent_);
  stop(exit_reason::error(std::move(reason)));
}

void process::init_ignored() {
  const auto tag = take_start_tag();
  fail_call(*runtime_, parent_, tag, static_cast<int>(errc::ignored),
            start_->module + ": init has chosen not to start");
  if (tag != 0)
    remove_link(parent_);
  stop(exit_reason::normal());
}

// ---- links and monitors
// ---------------------------------------------------------

std::uint64_t process::take_start_tag() {
  const std::lock_guard lock(fate_);
  return std::exchange(start_tag_, 0);
}

process_extra& process::extra() {
  if (extra_ == nullptr)
    extra_ = std::make_unique<process_extra>();
  return *extra_;
}

void process::add_link(pid other) {
  const std::lock_guard lock(fate_);
  extra().known.links.insert(other);
}

void process::remove_link(pid other) {
  const std::lock_guard lock(fate_);
  if (other == parent_)
    is_linked_to_parent_ = false;
  if (extra_ != nullptr)
    extra_->known.links.erase(other);
}

bool process::forget_monitor(std::uint64_t tag) {
  const std::lock_guard lock(fate_);
  return extra_ != nullptr && extra_->known.monitors.erase(tag) > 0;
}

void process::link(pid other) {
  add_link(other);
  auto signal = make_message(timeout_message{}, message_kind::link);
  signal->sender = self();
  runtime_->deliver(other, std::move(signal));
}

void process::unlink(pid other) {
  remove_link(other);
  auto signal = make_message(timeout_message{}, message_kind::unlink);
  signal->sender = self();
  runtime_->deliver(other, std::move(signal));
}

std::uint64_t process::monitor(pid other) {
  const auto tag = next_tag();
  {
    const std::lock_guard lock(fate_);
    extra().known.monitors[tag] = other;
  }
  auto signal = make_message(timeout_message{}, message_kind::monitor);
  signal->sender = self();
  signal->tag = tag;
  runtime_->deliver(other, std::move(signal));
  return tag;
}

void process::demonitor(std::uint64_t tag) {
  pid watched;
  {
    const std::lock_guard lock(fate_);
    if (extra_ == nullptr)
      return;
    const auto found = extra_->known.monitors.find(tag);
    if (found == extra_->known.monitors.end())
      return;
    watched = found->second;
    extra_->known.monitors.erase(found);
  }
  auto signal = make_message(timeout_message{}, message_kind::demonitor);
  signal->tag = tag;
  runtime_->deliver(watched, std::move(signal));
}

std::size_t process::watcher_count() {
  const std::lock_guard lock(fate_);
  return extra_ == nullptr ? 0 : extra_->known.monitored_by.size();
}

std::size_t process::owed_count() {
  const std::lock_guard lock(fate_);
  return extra_ == nullptr ? 0 : extra_->known.owed.size();
}

void process::owe(const from& caller) {
  const std::lock_guard lock(fate_);
  extra().known.owed[caller.tag] = caller.caller;
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
  if (callback_.load(std::memory_order_relaxed) == caller.tag)
    callback_.store(1, std::memory_order_release);
  settle_debt(caller.tag);
}

bool process::settle_debt(std::uint64_t tag) {
  if (extra_ == nullptr)
    return false;
  const std::lock_guard lock(fate_);
  return extra_->known.owed.erase(tag) > 0;
}

}  // namespace instar
