#include "runtime/gates.hpp"

#include "runtime/packed_pid.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"

#include <algorithm>

namespace instar {
namespace {

bool meets(const gate& one, const std::set<std::string>& modules) {
  return std::any_of(
      one.modules.begin(), one.modules.end(),
      [&](const std::string& name) { return modules.contains(name); });
}

/// Whether that thread is only inside what a zombie runs. Who it runs is published
/// before the gate that it is inside, so what is read here after the gate is that
/// process or a later one. A slot that threads share tells nothing.
bool runs_zombie(runtime& node, const thread_slot& slot) {
  if (&slot == &all_thread_slots().back())
    return false;
  const auto who = unpack(slot.running.load(std::memory_order_acquire));
  const auto* p = node.table().find(who);
  return p != nullptr && p->self() == who && p->is_zombie();
}

}  // namespace

gate& gates::of(std::vector<std::string> modules) {
  std::sort(modules.begin(), modules.end());
  modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
  const std::lock_guard lock(mutex_);
  auto& found = gates_[modules];
  if (found == nullptr) {
    found = std::make_unique<gate>(std::move(modules));
    if (meets(*found, closing_))
      found->close();
  }
  return *found;
}

std::uint64_t gates::close(const std::set<std::string>& modules) {
  const std::lock_guard lock(mutex_);
  closing_ = modules;
  is_sealed_.store(false, std::memory_order_seq_cst);
  attempt_.store(++last_attempt_, std::memory_order_seq_cst);
  for (auto& [set, one] : gates_) {
    if (meets(*one, modules))
      one->close();
  }
  return last_attempt_;
}

std::vector<gate*> gates::closed() const {
  const std::lock_guard lock(mutex_);
  std::vector<gate*> found;
  for (const auto& [set, one] : gates_) {
    if (one->is_closed())
      found.push_back(one.get());
  }
  return found;
}

bool gates::nobody_inside() const {
  const auto shut = closed();
  std::vector<std::uint64_t> ends;
  ends.reserve(shut.size());
  for (const auto* one : shut)
    ends.push_back(one->wait_ends());
  for (const auto& slot : all_thread_slots()) {
    const auto* inside = slot.inside.load(std::memory_order_seq_cst);
    if (std::find(shut.begin(), shut.end(), inside) != shut.end() &&
        !runs_zombie(node_, slot)) {
      return false;
    }
  }
  for (std::size_t i = 0; i < shut.size(); ++i) {
    if (shut[i]->wait_starts() != ends[i])
      return false;
  }
  return true;
}

bool gates::is_quiet() {
  if (!nobody_inside()) {
    mark_waiting(false);
    return false;
  }
  // A call whose maker has given up may still be on its way past the gate, so
  // forbid that, then look again.
  is_sealed_.store(true, std::memory_order_seq_cst);
  if (nobody_inside())
    return true;
  is_sealed_.store(false, std::memory_order_seq_cst);
  mark_waiting(true);
  return false;
}

/// Lets the calls of those that are not quiet pass; `again`: also those that may
/// have been turned away.
void gates::mark_waiting(bool again) {
  const auto now = attempt();
  for (const auto* one : closed()) {
    for (auto* p : one->waiting()) {
      if (!again && p->pass_mark() == now)
        continue;
      mark(*p, now, again);
      // One that waits for system messages too ends its frame when it sees the gate.
      if (p->runs_loop())
        p->kick();
    }
  }
}

bool gates::may_pass(pid sender) const {
  const auto* maker = node_.table().find_alive(sender);
  return maker != nullptr && maker->pass_mark() == attempt();
}

std::vector<pid> gates::not_quiet() const {
  std::vector<pid> found;
  const auto shut = closed();
  for (const auto* one : shut) {
    for (const auto* p : one->waiting())
      found.push_back(p->self());
  }
  for (const auto& slot : all_thread_slots()) {
    const auto* inside = slot.inside.load(std::memory_order_seq_cst);
    if (std::find(shut.begin(), shut.end(), inside) == shut.end() ||
        runs_zombie(node_, slot)) {
      continue;
    }
    const auto running = slot.running.load(std::memory_order_acquire);
    if (running != 0)
      found.push_back(unpack(running));
  }
  return found;
}

void gates::open() {
  std::vector<gate*> shut;
  {
    // At once: a gate that is made meanwhile is made open, or is among these.
    const std::lock_guard lock(mutex_);
    closing_.clear();
    attempt_.store(0, std::memory_order_seq_cst);
    for (auto& [set, one] : gates_) {
      if (one->is_closed())
        shut.push_back(one.get());
    }
  }
  for (auto* one : shut) {
    for (auto* held : one->open())
      held->kick();
  }
}

std::uint64_t gates::held_count() const {
  std::uint64_t sum = 0;
  for (const auto* one : closed())
    sum += one->held_count();
  return sum;
}

void gates::note_wait(process& waiting) {
  const auto now = attempt();
  if (now == 0)
    return;
  if (waiting.pass_mark() == now || waiting.own_gate().is_closed()) {
    mark(waiting, now, false);
  }
}

/// Lets the calls of `first` pass, and those of whom it waits for, and so on.
/// Each receiver looks again: the call may be held there already.
void gates::mark(process& first, std::uint64_t now, bool again) {
  marked_.store(now, std::memory_order_seq_cst);
  std::vector<const process*> seen;
  process* at = &first;
  for (;;) {
    at->set_pass_mark(now);
    seen.push_back(at);
    auto* next = node_.table().find_alive(at->waiting_for());
    if (next == nullptr)
      return;
    const bool was_marked = next->pass_mark() == now;
    next->kick();
    if (again ? std::find(seen.begin(), seen.end(), next) != seen.end()
              : was_marked)
      return;
    at = next;
  }
}

}  // namespace instar
