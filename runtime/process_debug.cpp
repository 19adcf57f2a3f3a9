// What of a process's debug structure the process itself keeps and calls.
#include "runtime/behaviour.hpp"
#include "runtime/process.hpp"
#include "runtime/sys_debug.hpp"

#include <utility>

namespace instar {

process_extra::process_extra() = default;
process_extra::~process_extra() = default;

sys_debug* process::debug() {
  return is_debugged_ ? extra_->debug.get() : nullptr;
}

sys_debug& process::make_debug() {
  const std::lock_guard lock(fate_);
  auto& debug = extra().debug;
  if (debug == nullptr)
    debug = std::make_unique<sys_debug>();
  is_debugged_ = true;
  return *debug;
}

void process::drop_empty_debug() {
  if (!is_debugged_ || !extra_->debug->is_empty())
    return;
  is_debugged_ = false;
  extra_->debug.reset();
}

/// False where the process was killed while a debug function did not return: then
/// nothing of it may be touched any more.
bool process::debug_received() {
  // Not twice where it comes back from the gate that it had to join.
  if (std::exchange(handled_->is_told, true))
    return true;
  const auto kind = handled_->kind == message_kind::continuation
                        ? system_event_kind::continue_
                        : system_event_kind::in;
  sys::handle_debug(*this, {kind, handled_.get(), handled_->sender, {}});
  return !was_declared_dead();
}

void process::debug_done() {
  if (handled_ == nullptr || is_stopping_ || was_declared_dead() ||
      behaviour_->tells_events())
    return;
  if (handled_->kind == message_kind::call && is_handled_paid_)
    return;
  sys::handle_debug(*this, {system_event_kind::noreply, nullptr, {}, {}});
}

}  // namespace instar
