// Old code goes: when nothing uses it, or with those who do.
#include "runtime/box.hpp"
#include "runtime/code_server.hpp"
#include "runtime/errors.hpp"
#include "runtime/packed_pid.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace instar {
namespace {

/// Beyond, old code is kept until somebody purges again: a handler that never
/// returns must not keep an operator waiting.
constexpr std::chrono::milliseconds grace_patience{200};

/// The processes that run now.
std::string who_runs() {
  std::string text;
  for (const auto& slot : all_thread_slots()) {
    const auto who = slot.running.load(std::memory_order_acquire);
    if (who != 0 && slot.inside.load(std::memory_order_seq_cst) != nullptr)
      text += (text.empty() ? "" : ", ") + to_string(unpack(who));
  }
  return text.empty() ? "it has returned by now: try again" : text;
}

}  // namespace

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

std::vector<code_holder> code_server::holders(std::string_view name) const {
  std::vector<code_holder> all;
  for (auto* code : not_current(name)) {
    auto some = find_holders(node_, *code, search_depth::counted);
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

failure code_server::still_used(instance& gone) const {
  const auto who = find_holders(node_, gone, search_depth::counted);
  return {errc::old_processes,
          fmt::format("{} {} is still used by {}", gone.name, gone.vsn,
                      who.empty() ? "what has ended meanwhile: try again"
                                  : to_string(who))};
}

result<> code_server::check_soft_purge(std::string_view name) const {
  for (auto* code : not_current(name)) {
    if (!code->descriptor.pinned && !is_unused(*code))
      return still_used(*code);
  }
  return {};
}

/// Of code whose counters say that nobody uses it. What is found all the same is
/// a mistake of ours, and code that stays mapped is its smallest harm.
result<> code_server::check_counters(instance& gone) const {
  if (!scans_before_unload_)
    return {};
  const auto who = find_holders(node_, gone, search_depth::full);
  if (who.empty())
    return {};
  const failure why(errc::old_processes,
                    fmt::format("{} {} counts as unused, but is used by {}",
                                gone.name, gone.vsn, to_string(who)));
  node_.log(log_level::error, why.message());
  return why;
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
                               "returned since it became old ({})",
                               name, gone->vsn, who_runs()));
  }
  if (!is_unused(*gone))
    return still_used(*gone);
  INSTAR_TRY(check_counters(*gone));
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
