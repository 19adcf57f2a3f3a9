// One batch from its check to its end; its conversions: upgrade_convert.cpp.
#include "runtime/upgrade.hpp"

#include "runtime/activation.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/blockers.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/serve_request.hpp"
#include "runtime/sys.hpp"
#include "runtime/upgrade_check.hpp"
#include "runtime/upgrade_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace instar {
namespace {

/// Processes in one job of the sweep, between two looks at the run queue.
constexpr std::size_t sweep_size = 128;
/// Between two attempts to close the gates: doubled each time.
constexpr std::chrono::milliseconds first_back_off{2};
constexpr std::chrono::milliseconds last_back_off{500};

}  // namespace

upgrade_limits upgrade_options::limits() const {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  return {ceil<milliseconds>(suspend_timeout),
          ceil<milliseconds>(convert_timeout), when_busy};
}

upgrade::upgrade(runtime& node, std::vector<module_upgrade> modules,
                 upgrade_options options)
    : node_(node),
      modules_(std::move(modules)),
      options_(options),
      shared_(std::make_shared<shared_state>(options.memory_limit_bytes)) {
  for (const auto& one : modules_) {
    if (one.is_suspended)
      gated_.insert(one.module);
    if (one.is_removed)
      changes_.remove.push_back(one.module);
    if (one.next != nullptr)
      changes_.load.push_back(one.next);
  }
}

upgrade::~upgrade() {
  if (!is_committed()) {
    undo();
    return;
  }
  // The sweep's jobs touch the node, which may go next.
  node_.sched().wait([&] { return shared_->open_jobs.load() == 0; },
                     node_.sched().now() + std::chrono::seconds(5));
  // Where nobody waited for the adoption, processes still look at it. The old
  // code may be gone by now: it is not asked.
  if (!was_adopted_)
    node_.keep(shared_);
}

bool upgrade::is_committed() const {
  return shared_->state.load() == batch_state::committed;
}

void upgrade::note_phase(std::string_view phase) {
  const auto now = node_.sched().now();
  if (!phase_.empty()) {
    report_.phases.emplace_back(phase_, now - phase_began_);
  }
  phase_ = phase;
  phase_began_ = now;
}

// ---- check
// ------------------------------------------------------------------------

result<> upgrade::plan(const module_upgrade& one) {
  if (one.next == nullptr)
    return {};
  auto* from = node_.code().current(one.module);
  if (from == nullptr || from == one.next)
    return {};
  // A loop stays in its old code until it makes an external call.
  if (from->descriptor.kind == behaviour_kind::special_process &&
      !one.is_suspended)
    return {};
  const bool has_boxes = from->box_count.load() > 0;
  auto decided = one.is_converted ? plan_conversion(*from, *one.next, one.way)
                                  : plan_reown(*from, *one.next);
  // States go over behind the gate only, also those that are born meanwhile.
  if (one.next->descriptor.kind != behaviour_kind::library) {
    gated_.insert(one.module);
  }
  if (!decided) {
    if (has_boxes || one.is_converted)
      return decided.error();
    // Without a process there is no state to carry over.
    unplanned_.emplace_back(from, decided.error());
    return {};
  }
  change about{from->vsn, one.next->vsn, one.way, one.extra};
  auto made = std::make_unique<transition>(*from, *one.next, decided->kind,
                                           std::move(about), shared_->state);
  made->conversion = decided->conversion;
  made->convert_timeout = *over(one.limits, options_.limits()).convert_timeout;
  made->budget = &shared_->budget;
  shared_->transitions.push_back(std::move(made));
  return {};
}

namespace {

/// Whether an earlier batch still has states to be adopted. One that was not
/// waited for to the end is over when its last process is.
bool is_changing(instance& code) {
  auto* by = code.change.load(std::memory_order_acquire);
  if (by == nullptr)
    return false;
  if (by->state.load(std::memory_order_acquire) != batch_state::committed ||
      by->from.box_count.load(std::memory_order_acquire) != 0) {
    return true;
  }
  code.change.store(nullptr, std::memory_order_release);
  return false;
}

}  // namespace

result<> upgrade::check() {
  if (options_.memory_limit_bytes != 0 && !are_allocations_charged()) {
    return failure(
        errc::not_supported,
        "a memory limit cannot be kept: this program has an operator "
        "new of its own");
  }
  note_phase("check");
  for (const auto& one : modules_)
    INSTAR_TRY(plan(one));
  for (const auto& t : shared_->transitions) {
    if (is_changing(t->to) || is_changing(t->from)) {
      return failure(errc::adopting,
                     fmt::format("processes of {} still adopt the states of an "
                                 "earlier upgrade",
                                 t->from.name));
    }
  }
  return {};
}

// ---- suspend, commit, resume
// -----------------------------------------------------------

namespace {

/// `not quiet within 5000 ms: `, the longest of those who are blamed.
std::string why_given_up(const std::vector<busy_process>& blamed) {
  duration longest{};
  for (const auto& one : blamed)
    longest = std::max(longest, one.patience);
  return fmt::format(
      "not quiet within {} ms: ",
      std::chrono::duration_cast<std::chrono::milliseconds>(longest).count());
}

}  // namespace

bool upgrade::wait_until_quiet(steady_time deadline) {
  return node_.sched().wait([&] { return node_.all_gates().is_quiet(); },
                            deadline);
}

/// What the batch says of a process: of its own module, else of one that its child
/// specification names. Null: nothing.
const module_upgrade* upgrade::module_of(const blocker& one) const {
  const module_upgrade* found = nullptr;
  for (const auto& each : modules_) {
    if (each.module == one.module)
      return &each;
    const auto& named = one.modules;
    if (found == nullptr && gated_.contains(each.module) &&
        std::find(named.begin(), named.end(), each.module) != named.end())
      found = &each;
  }
  return found;
}

/// With the gates closed. A supervisor that waits for a child is not quiet either;
/// where others are in the way it is not asked.
std::vector<busy_process> upgrade::all_busy() const {
  std::vector<busy_process> busy;
  std::vector<busy_process> supervisors;
  for (const auto& who : node_.all_gates().not_quiet()) {
    const auto found = look_at(node_, who);
    const auto* module = module_of(found);
    const auto limits =
        over(over(found.limits,
                  module == nullptr ? upgrade_limits() : module->limits),
             options_.limits());
    const auto* code = node_.code().current(found.module);
    const bool supervises =
        code != nullptr && code->descriptor.kind == behaviour_kind::supervisor;
    (supervises ? supervisors : busy)
        .push_back({who, *limits.suspend_timeout,
                    options_.force ? busy_policy::restart : *limits.when_busy});
  }
  if (busy.empty())
    busy = std::move(supervisors);
  if (!busy.empty())
    return busy;
  // Nobody to ask: the most patient of the batch counts.
  busy_process gone{{}, options_.suspend_timeout, options_.when_busy};
  for (const auto& one : modules_) {
    if (one.limits.suspend_timeout && gated_.contains(one.module)) {
      gone.patience =
          std::max<duration>(gone.patience, *one.limits.suspend_timeout);
    }
  }
  if (gone.policy == busy_policy::restart)
    gone.policy = busy_policy::abort;
  return {gone};
}

std::string upgrade::names_of(const std::vector<busy_process>& busy) const {
  std::string text;
  for (const auto& one : busy) {
    if (text.size() > 400) {
      text += ", ...";
      break;
    }
    if (!text.empty())
      text += ", ";
    text += one.who ? to_string(look_at(node_, one.who))
                    : "a process that ended meanwhile";
  }
  return text;
}

/// With the gates closed: who is named is who is killed.
void upgrade::kill(const std::vector<pid>& busy) {
  for (const auto& who : busy) {
    report_.killed.push_back(to_string(look_at(node_, who)));
    node_.log(log_level::warning,
              "killed for an upgrade: " + report_.killed.back());
    node_.send_exit({}, who, exit_reason::kill());
  }
}

result<> upgrade::commit() {
  auto& sched = node_.sched();
  auto& gates = node_.all_gates();
  note_phase("suspend");
  if (on_phase)
    on_phase("suspend");
  busy_judge judge(sched.now());
  auto back_off = duration(first_back_off);
  for (;;) {
    ++report_.attempts;
    const auto closed_at = sched.now();
    gates.close(gated_);
    if (wait_until_quiet(closed_at + options_.hold)) {
      auto converted = convert_rest();
      if (converted) {
        // Nothing below can fail or block: it is the switch of all at once.
        node_.code().commit(changes_);
        shared_->state.store(batch_state::committed, std::memory_order_seq_cst);
        if (at_commit)
          at_commit();
      }
      gates.open();
      report_.pause = sched.now() - closed_at;
      if (!converted) {
        undo();
        return converted.error();
      }
      note_phase("adopt");
      sweep(true);
      return {};
    }
    const auto busy = all_busy();
    const bool cancelled = is_cancelled && is_cancelled();
    const auto judged = judge.judge(busy, sched.now() + back_off);
    const bool is_over = cancelled || !judged.blamed.empty();
    std::string who;
    if (is_over) {
      who = names_of(cancelled ? busy : judged.blamed);
    } else {
      kill(judged.killed);
    }
    gates.open();
    report_.longest_failed_hold =
        std::max(report_.longest_failed_hold, sched.now() - closed_at);
    if (is_over) {
      undo();
      return failure(errc::not_quiet, cancelled
                                          ? "cancelled while waiting for " + who
                                          : why_given_up(judged.blamed) + who);
    }
    if (!judged.killed.empty()) {
      judge.note_killed(sched.now());
      back_off = first_back_off;
    }
    sched.wait([] { return false; }, sched.now() + back_off);
    back_off = std::min(back_off * 2, duration(last_back_off));
  }
}

/// Has every process of the batch look at its boxes.
void upgrade::sweep(bool adopts) {
  for (const auto& t : shared_->transitions) {
    if (!adopts && t->prepared_count.load() == 0)
      continue;
    std::vector<process*> holders;
    {
      const std::lock_guard lock(t->from.mutex);
      for (auto* b = t->from.first_box; b != nullptr; b = b->next) {
        holders.push_back(b->holder);
      }
    }
    // In place and in small jobs: putting all of them into the run queue would have
    // clients' messages wait behind them.
    const auto all =
        std::make_shared<const std::vector<process*>>(std::move(holders));
    for (std::size_t begin = 0; begin < all->size(); begin += sweep_size) {
      shared_->open_jobs.fetch_add(1);
      node_.sched().post([all, begin, shared = shared_, &node = node_] {
        const auto end = std::min(all->size(), begin + sweep_size);
        for (auto i = begin; i < end; ++i)
          (*all)[i]->look_again();
        shared->open_jobs.fetch_sub(1);
        node.sched().notify();
      });
    }
  }
}

result<> upgrade::adopt(duration timeout) {
  const auto all_adopted = [&] {
    return shared_->open_jobs.load(std::memory_order_acquire) == 0 &&
           std::all_of(
               shared_->transitions.begin(), shared_->transitions.end(),
               [](const auto& t) {
                 return t->from.box_count.load(std::memory_order_acquire) == 0;
               });
  };
  auto& sched = node_.sched();
  if (!sched.wait(all_adopted, sched.now() + timeout)) {
    return failure(errc::adopting,
                   "some process has not adopted its state yet");
  }
  for (const auto& t : shared_->transitions) {
    // Under the mutex: a new box looks at it there.
    const std::lock_guard lock(t->from.mutex);
    t->from.change.store(nullptr, std::memory_order_release);
  }
  was_adopted_ = true;
  note_phase("");
  return {};
}

void upgrade::undo() {
  if (shared_->state.exchange(batch_state::undone) == batch_state::undone) {
    return;
  }
  sweep(false);
  // Also the conversions that are still under way: they run code that the caller
  // is about to unload.
  const auto nothing_left = [&] {
    return shared_->open_jobs.load(std::memory_order_acquire) == 0 &&
           std::all_of(
               shared_->transitions.begin(), shared_->transitions.end(),
               [](const auto& t) {
                 return t->prepared_count.load(std::memory_order_acquire) == 0;
               });
  };
  // Only a process that never returns from a handler can make this wait in
  // vain; it has no prepared state then, for its handler dropped it.
  node_.sched().wait(nothing_left,
                     node_.sched().now() + std::chrono::seconds(5));
  bool was_visible = false;
  for (const auto& t : shared_->transitions) {
    const std::lock_guard lock(t->from.mutex);
    if (t->from.change.load() == t.get()) {
      t->from.change.store(nullptr, std::memory_order_release);
      was_visible = true;
    }
  }
  // A process that is just looking its box up may have read it.
  if (was_visible)
    node_.keep(shared_);
}

}  // namespace instar
