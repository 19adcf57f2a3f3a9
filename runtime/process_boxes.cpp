// The boxes of a process, and how an upgrade reaches them.
#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/instance.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/transition.hpp"

namespace instar {

void attach(box& made) {
  auto& owner = *made.owner;
  const std::lock_guard lock(owner.mutex);
  made.previous = nullptr;
  made.next = owner.first_box;
  if (owner.first_box != nullptr)
    owner.first_box->previous = &made;
  owner.first_box = &made;
  owner.box_count.fetch_add(1, std::memory_order_relaxed);
  // Under the mutex, as the upgrade sets `change` and takes the list: a box is
  // either in that list or announced here.
  auto* by = owner.change.load(std::memory_order_acquire);
  if (by != nullptr && by->kind == transition::how::convert &&
      by->state.load(std::memory_order_acquire) == batch_state::pending) {
    by->add_unprepared(made.holder->self());
  }
}

void detach(box& gone) {
  auto& owner = *gone.owner;
  const std::lock_guard lock(owner.mutex);
  (gone.previous != nullptr ? gone.previous->next : owner.first_box) =
      gone.next;
  if (gone.next != nullptr)
    gone.next->previous = gone.previous;
  owner.box_count.fetch_sub(1, std::memory_order_release);
}

std::size_t process::box_count() const {
  return first_box_.state == nullptr ? 0 : 1 + more_boxes_.size();
}

box& process::raw_box(std::size_t index) {
  return index == 0 ? first_box_ : *more_boxes_[index - 1];
}

box& process::current_box(box& found) {
  if (found.owner != nullptr &&
      (found.prepared_by != nullptr ||
       found.owner->change.load(std::memory_order_acquire) != nullptr)) {
    settle(found, false);
  }
  return found;
}

box& process::writable_box(box& found) {
  if (found.owner != nullptr &&
      (found.prepared_by != nullptr ||
       found.owner->change.load(std::memory_order_acquire) != nullptr)) {
    settle(found, true);
  }
  return found;
}

void process::settle(box& changing, bool writes) {
  auto* by = changing.owner->change.load(std::memory_order_acquire);
  if (changing.prepared_by != nullptr && changing.prepared_by != by) {
    drop_prepared(changing);  // its batch was undone
  }
  if (by == nullptr)
    return;
  switch (by->state.load(std::memory_order_seq_cst)) {
    case batch_state::committed:
      adopt(changing, *by);
      break;
    case batch_state::pending:
      if (writes && changing.prepared_by == by) {
        drop_prepared(changing);
        by->add_unprepared(self());
      }
      break;
    case batch_state::undone:
      if (changing.prepared_by != nullptr)
        drop_prepared(changing);
      break;
  }
}

void process::settle_boxes() {
  for (std::size_t i = 0; i < box_count(); ++i)
    current_box(i);
}

void process::adopt(box& changing, transition& by) {
  auto& old_owner = *changing.owner;
  auto* new_owner = &by.to;
  // Inside the gate, so that the old code and its list stay until this is done.
  if (auto* running = current_activation())
    running->enter();
  if (by.kind == transition::how::convert) {
    // Every box is converted before the commit; one that is not would be a hole
    // in the batch, and running old code on it later would be worse than
    // stopping.
    if (changing.prepared_by != &by) {
      stop(exit_reason::error("no state was prepared by the upgrade"));
      return;
    }
    behaviour_->adopted(*this, changing.state, changing.prepared_state, by);
    auto* old_state = changing.state;
    const auto* old_type = changing.type;
    changing.state = std::exchange(changing.prepared_state, nullptr);
    // Described by its new owner from here on: after a down conversion the
    // conversion, and its description, is the newer version's, which goes.
    const auto* prepared_type = std::exchange(changing.prepared_type, nullptr);
    changing.type = prepared_type == nullptr ? nullptr : by.to.descriptor.state;
    changing.prepared_by = nullptr;
    behaviour_->destroy_state(old_state, old_type);
    by.prepared_count.fetch_sub(1, std::memory_order_acq_rel);
  } else if (changing.type != nullptr) {
    changing.type = by.to.descriptor.state;
  }
  // With the last box the batch is over, and `by` may be gone.
  detach(changing);
  changing.owner = new_owner;
  attach(changing);
  if (old_owner.box_count.load(std::memory_order_acquire) == 0) {
    runtime_->sched().notify();
  }
}

void process::drop_prepared(box& of) {
  auto* by = std::exchange(of.prepared_by, nullptr);
  {
    const budget_scope credited(by->budget);
    behaviour_->destroy_state(std::exchange(of.prepared_state, nullptr),
                              std::exchange(of.prepared_type, nullptr));
  }
  if (by->prepared_count.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    runtime_->sched().notify();
  }
}

box& process::add_box(void* state, const type_node* type, instance* owner) {
  box* made = &first_box_;
  if (first_box_.state != nullptr) {
    more_boxes_.push_back(std::make_unique<box>());
    made = more_boxes_.back().get();
  }
  *made = box{};
  made->state = state;
  made->type = type;
  made->owner = owner;
  made->holder = this;
  // Where init outlasted a kill, declare_dead may still look at the boxes.
  const std::lock_guard lock(fate_);
  if (owner != nullptr)
    attach(*made);
  return *made;
}

void process::destroy_box(box& gone) {
  if (gone.prepared_by != nullptr)
    drop_prepared(gone);
  behaviour_->destroy_state(gone.state, gone.type);
  if (gone.is_pinned) {
    gone.owner->uses.add(-1);
  } else if (gone.owner != nullptr) {
    auto& owner = *gone.owner;
    detach(gone);
    if (owner.box_count.load(std::memory_order_acquire) == 0) {
      runtime_->sched().notify();
    }
  }
}

void process::remove_box(box& gone) {
  destroy_box(gone);
  std::erase_if(more_boxes_,
                [&](const auto& one) { return one.get() == &gone; });
}

void process::remove_boxes() {
  for (std::size_t i = box_count(); i-- > 0;)
    destroy_box(raw_box(i));
  more_boxes_.clear();
  first_box_ = box{};
}

}  // namespace instar
