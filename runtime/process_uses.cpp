// What a process has of a module's code.
#include "runtime/holders.hpp"
#include "runtime/process.hpp"
#include "runtime/transition.hpp"

namespace instar {

code_uses process::uses_of(const instance& code) const {
  code_uses found;
  const auto look_at_box = [&](const box& one) {
    found.has_state = found.has_state || one.owner == &code;
    // A conversion's result is made by either side's code: it holds both.
    found.has_prepared_state =
        found.has_prepared_state ||
        (one.prepared_by != nullptr && &one.prepared_by->to == &code);
  };
  look_at_box(first_box_);
  for (const auto& one : more_boxes_)
    look_at_box(*one);
  const auto count = [&](const message* m) {
    if (m == nullptr || m->owner != &code)
      return;
    if (found.queued++ == 0)
      found.message = m->key == nullptr ? "?" : m->key->name;
  };
  for (const auto* queue : {&system_, &user_, &deferred_system_}) {
    for (const auto* m = queue->front(); m != nullptr; m = m->next)
      count(m);
  }
  // Senders only put before what is there; its owner takes it away.
  const auto inbox = inbox_.load(std::memory_order_acquire);
  if (inbox != idle && inbox != dead) {
    for (const auto* m = reinterpret_cast<const message*>(inbox); m != nullptr;
         m = m->next) {
      count(m);
    }
  }
  count(continue_.get());
  if (extra_ != nullptr) {
    for (const auto* m = extra_->postponed.front(); m != nullptr; m = m->next)
      count(m);
    for (const auto& [tag, answer] : extra_->requests)
      count(answer.get());
    if (extra_->data != nullptr)
      extra_->data->visit([&](const message& m) { count(&m); });
  }
  found.handles_message = handled_ != nullptr && handled_->owner == &code;
  found.awaits_reply =
      outcome_.answer != nullptr && outcome_.answer->owner == &code;
  return found;
}

}  // namespace instar
