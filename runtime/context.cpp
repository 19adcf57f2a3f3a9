#include "runtime/context.hpp"

#include "module/type_carry.hpp"
#include "runtime/activation.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/exit_signal.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/sys_debug.hpp"

#include <fmt/format.h>

namespace instar {
namespace {

runtime& node() {
  return current_process().node();
}

/// A process that was killed does nothing any more that others could see.
bool is_dead() {
  return current_process().is_zombie();
}

}  // namespace

pid target::find(const class runtime& in) const {
  if (process_)
    return process_;
  if (const auto written = parse_pid(name_))
    return written;
  return in.whereis(name_);
}
pid target::find() const {
  return process_ ? process_ : find(node());
}
std::string target::text() const {
  return process_ ? to_string(process_) : std::string(name_);
}

pid self() {
  return current_process().self();
}
pid whereis(std::string_view name) {
  return node().whereis(name);
}

void send_message(const target& to, message_ptr m) {
  if (is_dead())
    return;
  m->sender = self();
  node().deliver(to.find(), std::move(m));
}

void stop(exit_reason reason) {
  current_process().stop(std::move(reason));
}
void set_timeout(duration after) {
  current_process().set_idle_timeout(after);
}
void trap_exit(bool on) {
  current_process().set_trap_exit(on);
}

timer_ref send_message_after(duration delay, pid to, message_ptr m) {
  if (is_dead())
    return {};
  m->sender = self();
  const auto due = node().sched().deadline_after(delay);
  const auto id = node().timer_table().send(to, std::move(m), due);
  return {due.time_since_epoch().count(), id};
}
bool cancel_timer(const timer_ref& timer) {
  return node().timer_table().cancel(
      steady_time(std::chrono::nanoseconds(timer.due_ns)), timer.id);
}

void link(pid other) {
  if (!is_dead())
    current_process().link(other);
}
void unlink(pid other) {
  current_process().unlink(other);
}
std::uint64_t monitor(pid other) {
  return is_dead() ? 0 : current_process().monitor(other);
}
void demonitor(std::uint64_t tag) {
  current_process().demonitor(tag);
}
void exit(pid other, exit_reason reason) {
  if (is_dead())
    return;
  if (reason.name == "kill") {
    node().send_exit(self(), other, std::move(reason));
    return;
  }
  auto signal = make_message(std::move(reason), message_kind::exit);
  signal->sender = self();
  signal->tag = sender_lives;
  node().deliver(other, std::move(signal));
}

value get_env(std::string_view application, std::string_view key) {
  return node().applications().env(application, key);
}

std::string priv_dir(std::string_view application) {
  return node().applications().priv_dir(application);
}

void log(log_level level, std::string_view text) {
  const auto& writer = current_process();
  node().log(level, fmt::format("{}{}{} ({}): {}", to_string(writer.self()),
                                writer.name().empty() ? "" : " ", writer.name(),
                                writer.start().module, text));
}

std::chrono::milliseconds monotonic_time() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      node().sched().now().time_since_epoch());
}
std::chrono::milliseconds system_time() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      node().sched().date().time_since_epoch());
}

namespace detail {

bool pending_call::start(std::coroutine_handle<> resume) {
  auto& caller = current_process();
  if (caller.is_zombie()) {
    outcome.error = static_cast<int>(errc::noproc);
    outcome.context = "the caller was killed";
    return false;
  }
  const auto receiver = to.find();
  if (!receiver) {
    outcome.error = static_cast<int>(errc::noproc);
    outcome.context = "no process " + to.text();
    return false;
  }
  m->sender = caller.self();
  m->tag = caller.next_tag();
  const auto deadline = caller.node().sched().deadline_after(timeout);
  caller.begin_wait(m->tag, receiver, deadline, resume);
  caller.node().deliver(receiver, std::move(m));
  return true;
}

void pending_call::finish() {
  outcome = current_process().take_outcome();
}

void send_reply(const from& to, message_ptr m) {
  auto* here = current_activation();
  if (here == nullptr || here->self.is_zombie())
    return;
  if (here->self.is_debugged()) {
    sys::handle_debug(here->self,
                      {system_event_kind::out, m.get(), to.caller, {}});
    if (here->self.is_zombie())
      return;
  }
  if (to.owner == here->self.self()) {
    here->self.paid(to);
  } else if (to.owner) {
    // Who took the call owes nothing any more; it may hear of it later.
    auto settled = make_message(timeout_message{}, message_kind::paid);
    settled->tag = to.tag;
    here->self.node().deliver(to.owner, std::move(settled));
  }
  m->tag = to.tag;
  m->sender = here->self.self();
  here->self.node().deliver(to.caller, std::move(m));
}

bool carry_reply(const type_node& to, void* made, const message& answer) {
  if (answer.key == nullptr || answer.key->name != to.name ||
      !carry_problem(to, *answer.type, dropped_fields::allowed).empty()) {
    return false;
  }
  carry_over(to, made, *answer.type, answer.payload());
  return true;
}

void continue_with_message(message_ptr m) {
  m->kind = message_kind::continuation;
  current_process().continue_with(std::move(m));
}

void handler_failed(const char* text) noexcept {
  auto& self = current_process();
  self.fail_handled(text);
  self.stop(exit_reason::error(text));
}

void start_frame(std::coroutine_handle<> frame) {
  frame.resume();
  if (frame.done()) {
    frame.destroy();
  } else {
    current_process().keep_frame(frame);
  }
}

}  // namespace detail
}  // namespace instar
