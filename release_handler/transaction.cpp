// Run, and taking back. The check: transaction_check.cpp; effects:
// transaction_effects.cpp; their records: transaction_journal.cpp.
#include "release_handler/transaction.hpp"

#include "release_handler/batch_direction.hpp"
#include "release_handler/dynamic_modules.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/phase_event.hpp"
#include "runtime/errors.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace instar::release_handler {
namespace {

std::optional<std::chrono::milliseconds> to_limit(
    const appup::suspend_timeout& timeout) {
  if (const auto* ms = std::get_if<std::chrono::milliseconds>(&timeout))
    return *ms;
  if (std::holds_alternative<appup::infinite_timeout>(timeout))
    return infinite_patience;
  return std::nullopt;
}

upgrade_limits limits_of(const planned_module& one) {
  upgrade_limits made;
  made.suspend_timeout = to_limit(one.suspend_timeout);
  made.convert_timeout = to_limit(one.convert_timeout);
  if (one.when_busy)
    made.when_busy = to_runtime(*one.when_busy);
  return made;
}

bool is_not_quiet(const failure& why) {
  return why.code == make_error_code(instar::errc::not_quiet);
}

}  // namespace

upgrade_options batch_options(const install_options& of) {
  upgrade_options made;
  made.hold = of.hold;
  made.convert_timeout = of.code_change_timeout;
  made.memory_limit_bytes = of.memory_limit_bytes;
  made.when_busy = of.when_busy;
  made.force = of.force;
  if (of.suspend_timeout)
    made.suspend_timeout = *of.suspend_timeout;
  return made;
}

transaction::transaction(runtime& node, const path& root, const plan& todo,
                         const release_data& target, install_options options,
                         event_sink emit, std::function<bool()> is_cancelled,
                         journal* records)
    : node_(node),
      root_(root),
      plan_(todo),
      target_(target),
      options_(options),
      emit_(std::move(emit)),
      is_cancelled_(std::move(is_cancelled)),
      records_(records),
      began_(node.sched().now()) {}

transaction::~transaction() {
  // What was loaded and is no current or old code: nobody has used it.
  for (const auto& [name, code] : loaded_) {
    if (borrowed_.contains(code))
      continue;
    if (auto gone = node_.code().unload(code); !gone) {
      node_.log(log_level::warning, gone.error().message());
    }
  }
}

void transaction::emit_phase(std::string_view phase) {
  if (!emit_)
    return;
  emit_(phase_event(phase, batch_number_, plan_.batch_count(),
                    node_.sched().now() - began_));
}

std::vector<module_upgrade> transaction::upgrades_of(const batch& of) const {
  std::vector<module_upgrade> made;
  for (const auto& one : of.modules) {
    module_upgrade next;
    next.module = one.module;
    const auto code = loaded_.find(one.module);
    if (code != loaded_.end() && !one.is_removed)
      next.next = code->second;
    next.is_removed = one.is_removed;
    next.is_suspended = one.is_suspended;
    next.is_converted = one.is_converted;
    next.way = to_runtime(one.way);
    next.extra = one.extra;
    next.limits = limits_of(one);
    made.push_back(std::move(next));
  }
  return made;
}

// ---- run ------------------------------------------------------------------------

void transaction::add_report(const upgrade_report& of,
                             install_report& to) const {
  ++to.batches;
  to.processes += of.processes;
  for (const auto& [module, count] : of.by_module) {
    to.by_module[module] += count;
  }
  to.pause = std::max(to.pause, of.pause);
  to.killed.insert(to.killed.end(), of.killed.begin(), of.killed.end());
  for (const auto& phase : of.phases)
    to.phases.push_back(phase);
}

result<> transaction::run_batch(const step& what, install_report& report) {
  ++batch_number_;
  const auto& modules = std::get<batch>(what);
  done_step record{&what, {}, {}, batch_number_};
  for (const auto& one : modules.modules) {
    record.before.emplace_back(one.module, node_.code().current(one.module));
  }
  auto todo = upgrades_of(modules);
  INSTAR_TRY(add_dynamic_processes(node_, todo));
  upgrade going(node_, std::move(todo), batch_options(options_));
  going.on_phase = [this](std::string_view phase) { emit_phase(phase); };
  going.is_cancelled = is_cancelled_;
  going.at_commit = [this] {
    if (std::exchange(applications_changed_, true))
      return;
    node_.applications().update(target_.infos());
  };
  INSTAR_TRY(going.check());
  INSTAR_TRY_ASSIGN(const auto changes, changes_of(modules));
  INSTAR_TRY(going.prepare());
  if (is_cancelled_ && is_cancelled_()) {
    going.undo();
    return failure(errc::cancelled, "cancelled by an operator");
  }
  if (records_ != nullptr) {
    // The last write before gates close.
    if (auto noted = records_->prepared(batch_number_); !noted) {
      going.undo();
      return noted;
    }
  }
  if (auto committed = going.commit(); !committed) {
    const auto& killed = going.report().killed;
    report.killed.insert(report.killed.end(), killed.begin(), killed.end());
    if (is_cancelled_ && is_cancelled_()) {
      return failure(errc::cancelled, committed.error().message());
    }
    was_refused_ = is_not_quiet(committed.error());
    return committed;
  }
  has_touched_ = true;
  done_.push_back(std::move(record));
  const auto noted =
      records_ == nullptr ? result<>() : records_->installed(batch_number_);
  emit_phase("adopt");
  auto adopted = going.adopt(adoption_patience);
  add_report(going.report(), report);
  if (!adopted) {
    node_.log(log_level::warning, adopted.error().message());
  }
  auto changed = change_children(changes, done_.back());
  return noted ? changed : noted;
}

/// Ends what may end only now that nothing is taken back any more: code whose
/// module is gone, those who still run it, and what is older than old.
void transaction::purge_after(const batch& of) {
  auto& code = node_.code();
  const auto log = [&](const result<>& purged) {
    if (!purged)
      node_.log(log_level::warning, purged.error().message());
  };
  for (const auto& one : of.modules) {
    if (one.is_purged) {
      log(code.purge(one.module));
    } else if (one.pre_purge == appup::purge_method::brutal_purge) {
      log(code.purge_older(one.module));
    }
    if (one.is_removed && !one.is_purged)
      log(code.soft_purge(one.module));
  }
}

install_report transaction::run() {
  install_report report;
  applications_before_ = node_.applications().snapshot();
  result<> done = {};
  for (std::size_t i = 0; i < plan_.before.size() && done; ++i) {
    const auto& one = plan_.before[i];
    note_application(one);
    done = run_recorded(one, [&]() -> result<> {
      INSTAR_TRY(run_apply(one.call));
      has_touched_ = true;
      before_done_ = i + 1;
      return {};
    });
  }
  for (std::size_t i = 0; i < plan_.steps.size() && done; ++i) {
    const auto& one = plan_.steps[i];
    if (const auto* what = std::get_if<effect>(&one)) {
      done = run_recorded(*what, [&] { return run_effect(one, *what); });
    } else {
      done = run_batch(one, report);
    }
  }
  if (done) {
    if (!std::exchange(applications_changed_, true))
      node_.applications().update(target_.infos());
    done = tell_applications();
  }
  if (done) {
    // Current now, and not ours to unload.
    loaded_.clear();
    for (const auto& one : plan_.steps) {
      if (const auto* modules = std::get_if<batch>(&one))
        purge_after(*modules);
    }
    report.outcome = outcome::installed;
    return report;
  }
  report.error = done.error();
  const bool saw_new_code = !done_.empty();
  const bool was_touched = has_touched_;
  if (auto back = take_back(); !back) {
    report.outcome = outcome::degraded;
    report.error->context +=
        "; and taking it back failed: " + back.error().message();
    loaded_.clear();
  } else if (saw_new_code) {
    report.outcome = outcome::rolled_back;
  } else {
    report.outcome =
        was_refused_ && !was_touched ? outcome::refused : outcome::undone;
  }
  return report;
}

// ---- taking back -------------------------------------------------------------------

result<> transaction::take_back_batch(const done_step& done) {
  std::vector<module_upgrade> back;
  for (const auto& one : std::get<batch>(*done.what).modules) {
    const auto found = std::find_if(
        done.before.begin(), done.before.end(),
        [&](const auto& before) { return before.first == one.module; });
    module_upgrade undo;
    undo.module = one.module;
    undo.next = found->second;
    undo.is_removed = found->second == nullptr;
    undo.is_suspended = one.is_suspended;
    undo.is_converted = one.is_converted;
    undo.way = opposite(to_runtime(one.way));
    undo.extra = one.extra;
    undo.limits = limits_of(one);
    back.push_back(std::move(undo));
  }
  upgrade going(node_, std::move(back), batch_options(options_));
  going.at_commit = [this] {
    if (!std::exchange(applications_changed_, false))
      return;
    node_.applications().restore(applications_before_);
  };
  INSTAR_TRY(going.check());
  INSTAR_TRY(going.prepare());
  INSTAR_TRY(going.commit());
  return going.adopt(adoption_patience);
}

result<> transaction::take_back() {
  if (done_.empty() && before_done_ == 0 && !applications_changed_)
    return {};
  emit_phase("undo");
  std::set<std::string> taken_back;
  while (!done_.empty()) {
    const auto last = std::move(done_.back());
    done_.pop_back();
    if (const auto* what = std::get_if<effect>(last.what)) {
      INSTAR_TRY(take_back_effect(*what, last));
      record_undone(*what);
      continue;
    }
    INSTAR_TRY(take_back_children(last));
    INSTAR_TRY(take_back_batch(last));
    if (records_ != nullptr)
      note_unrecorded(records_->taken_back(last.batch_number));
    for (const auto& one : std::get<batch>(*last.what).modules)
      taken_back.insert(one.module);
  }
  if (std::exchange(applications_changed_, false))
    node_.applications().restore(applications_before_);
  INSTAR_TRY(tell_back());
  for (; before_done_ > 0; --before_done_) {
    const auto& one = plan_.before[before_done_ - 1];
    INSTAR_TRY(take_back_apply(one));
    record_undone(one);
  }
  for (const auto& module : taken_back) {
    // Old code now, that nobody runs any more; not ours to unload.
    loaded_.erase(module);
    if (auto gone = node_.code().soft_purge(module); !gone)
      node_.log(log_level::info, gone.error().message());
  }
  return {};
}

}  // namespace instar::release_handler
