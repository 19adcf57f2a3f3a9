#include "runtime/activation.hpp"

#include "runtime/code_server.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <cstdio>
#include <cstdlib>

namespace instar {
namespace {

thread_local activation* current = nullptr;

}  // namespace

activation::activation(process& running)
    : self(running),
      outer_(current),
      node_(running.node()),
      gate_(&running.own_gate()) {
  current = this;
}

activation::~activation() {
  leave();
  current = outer_;
}

void activation::leave() {
  if (!entry_)
    return;
  exports = nullptr;
  entry_.reset();
  // The closer stored `closed` before it looked who is inside: either it saw
  // that this thread has left, or this thread sees the gate closed.
  if (gate_->is_closed())
    node_.sched().notify();
}

void activation::enter() {
  if (entry_)
    return;
  const auto me = self.self();
  gate_ = &self.own_gate();
  entry_.emplace(*gate_,
                 (static_cast<std::uint64_t>(me.generation) << 32) | me.index);
  // After the publication: the table that is read here stays until this
  // activation's end has been seen.
  exports = node_.code().exports();
}

void activation::see_exports() {
  exports = node_.code().exports();
}

activation* current_activation() {
  return current;
}

process& current_process() {
  if (current == nullptr) {
    std::fputs("instar: a process's function was called outside of one\n",
               stderr);
    std::abort();
  }
  return current->self;
}

}  // namespace instar
