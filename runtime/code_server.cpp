// Versions, commits, purges. Mapping files: code_loader.cpp.
#include "runtime/code_server.hpp"

#include "runtime/box.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace instar {
namespace {

/// Beyond, old code is kept until somebody purges again: a handler that never
/// returns must not keep an operator waiting.
constexpr std::chrono::milliseconds grace_patience{200};

}  // namespace

instance* code_server::current(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? nullptr : found->second.current;
}

instance* code_server::old(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? nullptr : found->second.old;
}

instance_pin code_server::pin_current(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? instance_pin()
                                 : instance_pin(found->second.current);
}

std::vector<loaded_module> code_server::all_loaded() const {
  const std::lock_guard lock(mutex_);
  std::vector<loaded_module> found;
  for (const auto& [name, both] : modules_) {
    loaded_module one;
    one.name = name;
    if (both.current != nullptr) {
      one.current_vsn = both.current->vsn;
      one.file = both.current->origin;
      one.current_boxes = both.current->box_count.load();
    }
    if (both.old != nullptr) {
      one.old_vsn = both.old->vsn;
      one.old_boxes = both.old->box_count.load();
    }
    found.push_back(std::move(one));
  }
  return found;
}

void code_server::commit(const code_change_set& changes) {
  const std::lock_guard lock(mutex_);
  const auto replace_current = [](versions& both, instance* next) {
    if (both.current == next)
      return;
    std::erase(both.lingering, next);
    if (both.old != nullptr && both.old != next)
      both.lingering.push_back(both.old);
    both.old = both.current;
    both.current = next;
  };
  for (auto* next : changes.load)
    replace_current(modules_[next->name], next);
  for (const auto& name : changes.remove)
    replace_current(modules_[name], nullptr);
  publish();
}

/// Makes the export table anew. Under the mutex.
void code_server::publish() {
  auto table = std::make_unique<export_table>();
  table->functions.resize(slots_.size());
  for (const auto& [key, slot] : slots_) {
    const auto& [module, name, signature] = key;
    const auto found = modules_.find(module);
    if (found == modules_.end() || found->second.current == nullptr)
      continue;
    const auto& about = found->second.current->descriptor;
    for (std::uint32_t i = 0; i < about.function_count; ++i) {
      const auto& row = about.functions[i];
      if (name == row.name && signature == row.signature)
        table->functions[slot] = about.addresses()[i];
    }
  }
  exports_.store(table.get(), std::memory_order_seq_cst);
  tables_.push_back(std::move(table));
}

result<function_address> code_server::function(
    std::string_view module, std::string_view name,
    std::string_view signature) const {
  const auto* found = current(module);
  if (found == nullptr) {
    return failure(errc::no_such_module,
                   fmt::format("module {} is not loaded", module));
  }
  const auto& about = found->descriptor;
  for (std::uint32_t i = 0; i < about.function_count; ++i) {
    const auto& row = about.functions[i];
    if (name != row.name)
      continue;
    if (signature != row.signature) {
      return failure(errc::undef, fmt::format("{}:{} is {}, not {}", module,
                                              name, row.signature, signature));
    }
    return about.addresses()[i];
  }
  return failure(errc::undef, fmt::format("{} {} exports no function {}",
                                          module, found->vsn, name));
}

// ---- purging
// ----------------------------------------------------------------------

/// Waits until every thread that is inside module code now has left it: what
/// such a thread may have read of the old table or code, it no longer uses. False
/// where a handler did not return in time.
bool code_server::wait_for_grace() {
  auto& slots = all_thread_slots();
  struct seen {
    const thread_slot* slot;
    std::uint64_t activations;
  };
  std::vector<seen> busy;
  for (const auto& slot : slots) {
    const auto activations = slot.activations.load(std::memory_order_acquire);
    if (slot.inside.load(std::memory_order_seq_cst) != nullptr) {
      busy.push_back({&slot, activations});
    }
  }
  const auto passed = [&] {
    std::erase_if(busy, [](const seen& one) {
      return one.slot->inside.load(std::memory_order_seq_cst) == nullptr ||
             one.slot->activations.load(std::memory_order_acquire) !=
                 one.activations;
    });
    return busy.empty();
  };
  // Nobody tells that a thread has passed, so this looks again by itself.
  const auto deadline = node_.sched().now() + grace_patience;
  while (!passed()) {
    if (node_.sched().now() >= deadline)
      return false;
    node_.sched().wait(passed,
                       node_.sched().now() + std::chrono::milliseconds(1));
  }
  const std::lock_guard lock(mutex_);
  if (tables_.size() > 1)
    tables_.erase(tables_.begin(), tables_.end() - 1);
  return true;
}

bool code_server::is_unused(const instance& gone) const {
  return gone.box_count.load(std::memory_order_acquire) == 0 &&
         gone.uses.sum() == 0;
}

std::vector<std::string> code_server::blockers(std::string_view name) const {
  auto* gone = old(name);
  std::vector<std::string> found;
  if (gone == nullptr)
    return found;
  const std::lock_guard lock(gone->mutex);
  for (const auto* one = gone->first_box; one != nullptr && found.size() < 10;
       one = one->next) {
    found.push_back(to_string(one->holder->self()));
  }
  return found;
}

/// Unmaps one instance that is no longer current, if nothing uses it.
result<> code_server::remove_old(std::string_view name, instance* gone) {
  const auto forget = [&] {
    const std::lock_guard lock(mutex_);
    auto& both = modules_.find(name)->second;
    if (both.old == gone)
      both.old = nullptr;
    std::erase(both.lingering, gone);
  };
  if (gone->descriptor.pinned) {
    forget();  // mapped for ever, used by none
    return {};
  }
  if (gone->box_count.load(std::memory_order_acquire) == 0 &&
      !wait_for_grace()) {
    return failure(errc::old_processes,
                   fmt::format("{} {} may still be used: a handler has not "
                               "returned since it became old",
                               name, gone->vsn));
  }
  if (!is_unused(*gone)) {
    const auto who = blockers(name);
    return failure(
        errc::old_processes,
        fmt::format(
            "{} {} is still used by {} process(es) and {} message(s) or "
            "handle(s){}{}",
            name, gone->vsn, gone->box_count.load(), gone->uses.sum(),
            who.empty() ? "" : ": ", fmt::join(who, ", ")));
  }
  forget();
  return unload(gone);
}

std::vector<instance*> code_server::not_current(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  if (found == modules_.end())
    return {};
  auto all = found->second.lingering;
  if (found->second.old != nullptr)
    all.push_back(found->second.old);
  return all;
}

std::vector<instance*> code_server::older(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? std::vector<instance*>()
                                 : found->second.lingering;
}

result<> code_server::soft_purge(std::string_view name) {
  return remove_all(name, not_current(name));
}

/// Each that can go, whatever becomes of the others; the first error.
result<> code_server::remove_all(std::string_view name,
                                 const std::vector<instance*>& all) {
  result<> done = {};
  for (auto* gone : all) {
    auto removed = remove_old(name, gone);
    if (!removed && done)
      done = removed;
  }
  return done;
}

result<> code_server::purge(std::string_view name) {
  return purge_all(name, not_current(name));
}

result<> code_server::purge_older(std::string_view name) {
  return purge_all(name, older(name));
}

result<> code_server::purge_all(std::string_view name,
                                const std::vector<instance*>& all) {
  for (auto* gone : all) {
    std::vector<pid> users;
    {
      const std::lock_guard lock(gone->mutex);
      for (const auto* one = gone->first_box; one != nullptr; one = one->next) {
        users.push_back(one->holder->self());
      }
    }
    for (const auto& user : users) {
      node_.send_exit({}, user, exit_reason::kill());
    }
    node_.sched().wait(
        [&] { return gone->box_count.load(std::memory_order_acquire) == 0; },
        node_.sched().now() + std::chrono::seconds(5));
  }
  // Messages of its making may still wait in mailboxes; they end by themselves.
  return remove_all(name, all);
}

}  // namespace instar
