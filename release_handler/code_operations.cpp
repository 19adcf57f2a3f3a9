// What an operator does to single modules of a running node.
#include "module/elf_file.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/phase_event.hpp"
#include "release_handler/release_operation.hpp"
#include "runtime/errors.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/upgrade.hpp"
#include "runtime/upgrade_check.hpp"

#include <fmt/format.h>

namespace instar::release_handler {
namespace {

/// The one module as a batch.
class module_batch {
public:
  module_batch(runtime& node, const install_options& options,
               const event_sink& emit)
      : node_(node),
        options_(options),
        emit_(emit),
        began_(node.sched().now()) {}
  module_batch(const module_batch&) = delete;
  module_batch& operator=(const module_batch&) = delete;
  ~module_batch() {
    if (next_ == nullptr)
      return;
    if (auto gone = node_.code().unload(next_); !gone)
      node_.log(log_level::warning, gone.error().message());
  }

  result<> load(const path& file, install_report& report) {
    INSTAR_TRY_ASSIGN(next_, node_.code().load_next(file));
    const auto* now = node_.code().current(next_->name);
    if (now == nullptr) {
      return failure(instar::errc::no_such_module,
                     fmt::format("module {} is not loaded: there is nothing to "
                                 "upgrade; load it",
                                 next_->name));
    }
    report.from = now->vsn;
    report.to = next_->vsn;
    if (now == next_) {
      next_ = nullptr;
      return failure(errc::already_installed,
                     fmt::format("{} {} of {} runs already", now->name,
                                 now->vsn, file.string()));
    }
    // Versions have no order: back is where only the way down fits.
    if (!plan_conversion(*now, *next_, instar::direction::up) &&
        plan_conversion(*now, *next_, instar::direction::down)) {
      way_ = instar::direction::down;
    }
    // There is room for one old version only.
    const auto* old_code = node_.code().old(next_->name);
    if (old_code != nullptr && old_code != next_)
      INSTAR_TRY(node_.code().soft_purge(next_->name));
    return {};
  }

  result<> run(const value& extra, const std::function<bool()>& is_cancelled,
               journal& records, install_report& report) {
    module_upgrade one;
    one.module = next_->name;
    one.next = next_;
    one.is_suspended = true;
    one.is_converted = true;
    one.extra = extra;
    one.way = way_;
    upgrade going(node_, {one}, batch_options(options_));
    going.on_phase = [this](std::string_view phase) { emit_phase(phase); };
    going.is_cancelled = is_cancelled;
    emit_phase("check");
    INSTAR_TRY(going.check());
    report.outcome = outcome::undone;
    INSTAR_TRY(going.prepare());
    INSTAR_TRY(records.prepared(1));
    if (auto done = going.commit(); !done) {
      if (done.error().code == make_error_code(instar::errc::not_quiet))
        report.outcome = outcome::refused;
      if (is_cancelled())
        return failure(errc::cancelled, done.error().message());
      return done;
    }
    next_ = nullptr;  // current now, and not ours to unload
    report.outcome = outcome::installed;
    emit_phase("adopt");
    if (auto adopted = going.adopt(adoption_patience); !adopted)
      node_.log(log_level::warning, adopted.error().message());
    const auto& measured = going.report();
    report.batches = 1;
    report.processes = measured.processes;
    report.by_module = measured.by_module;
    report.pause = measured.pause;
    report.killed = measured.killed;
    report.phases = measured.phases;
    return {};
  }

  const std::string& module() const { return next_->name; }

private:
  void emit_phase(std::string_view phase) {
    if (emit_)
      emit_(phase_event(phase, 1, 1, node_.sched().now() - began_));
  }

  runtime& node_;
  const install_options& options_;
  const event_sink& emit_;
  steady_time began_;
  instance* next_ = nullptr;
  instar::direction way_ = instar::direction::up;
};

}  // namespace

install_report release_handler::upgrade_code(const path& file,
                                             const value& extra,
                                             const install_options& options,
                                             const requester& by,
                                             const event_sink& emit) {
  install_report report;
  const operation ours(*this, "code upgrade of " + file.string(), by,
                       operation::on_probation::refused, true);
  if (!ours) {
    report.error = failure(errc::install_in_progress, why_busy());
    return report;
  }
  const auto both = told(emit);
  module_batch batch(node_, options, both);
  if (auto loaded = batch.load(file, report); !loaded) {
    report.error = loaded.error();
    return report;
  }
  const auto module = batch.module();
  if (auto begun = begin_journal("code upgrade", report.from, report.to, by,
                                 {{"module", module}});
      !begun) {
    report.error = begun.error();
    return report;
  }
  const auto done = batch.run(
      extra, [this] { return is_cancelled_.load(); }, journal_, report);
  if (done) {
    note_modified(module, file.string());
  } else {
    report.error = done.error();
  }
  auto entry = to_json(report).as_object();
  entry["file"] = file.string();
  record_code("code upgrade", module, by, std::move(entry));
  return report;
}

result<std::string> release_handler::load_code(const path& file,
                                               const requester& by) {
  const operation ours(*this, "code load of " + file.string(), by,
                       operation::on_probation::refused);
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  INSTAR_TRY_ASSIGN(const auto* loaded, node_.code().load_file(file));
  note_modified(loaded->name, file.string());
  record_code("code load", loaded->name, by,
              {{"to", loaded->vsn}, {"file", file.string()}});
  return loaded->name;
}

result<> release_handler::purge_code(const std::string& module, bool is_soft) {
  const operation ours(*this, "code purge of " + module, {"operator"});
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  return is_soft ? node_.code().soft_purge(module) : node_.code().purge(module);
}

result<> release_handler::delete_code(const std::string& module,
                                      const requester& by) {
  const operation ours(*this, "code delete of " + module, by,
                       operation::on_probation::refused);
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  INSTAR_TRY(node_.code().delete_module(module));
  note_modified(module, "");
  record_code("code delete", module, by, {});
  return {};
}

std::map<std::string, std::string> release_handler::modified() const {
  const std::lock_guard lock(store_mutex_);
  return modified_;
}

/// Loading what the release has is the way back: the module is as released then.
void release_handler::note_modified(const std::string& module,
                                    const std::string& file) {
  const std::lock_guard lock(store_mutex_);
  modified_[module] = file;
  const auto* code = node_.code().current(module);
  if (code == nullptr)
    return;
  for (const auto& lib : store_.running().libs) {
    const auto released =
        module_file_of(store_.root(), lib.name, lib.vsn, module);
    if (files_.kind(released) == file_kind::missing)
      continue;
    const auto about = module_file::read_elf(files_, released);
    if (about && about->build_id == code->build_id)
      modified_.erase(module);
  }
}

/// A release that brings a module makes it what it says.
void release_handler::forget_modified(const planned_way& way) {
  const std::lock_guard lock(store_mutex_);
  for (const auto& hop : way.hops) {
    for (const auto& one : hop.todo.steps) {
      const auto* modules = std::get_if<batch>(&one);
      if (modules == nullptr)
        continue;
      for (const auto& module : modules->modules) {
        if (module.is_removed || !module.lib.empty())
          modified_.erase(module.module);
      }
    }
  }
}

void release_handler::record_code(const char* what, const std::string& module,
                                  const requester& by,
                                  boost::json::object more) {
  more["operation"] = what;
  more["module"] = module;
  more["by"] = by.who;
  end_journal(std::move(more));
}

}  // namespace instar::release_handler
