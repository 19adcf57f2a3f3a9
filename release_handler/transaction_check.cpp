// What is looked at before anything is touched.
#include "release_handler/batch_direction.hpp"
#include "release_handler/dynamic_modules.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/transaction.hpp"
#include "runtime/upgrade_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {

/// `before`: what hops before this one bring.
result<> transaction::load(const batch& of,
                           const std::vector<instance*>& before) {
  for (const auto& one : of.modules) {
    if (one.is_removed || one.lib.empty())
      continue;
    const auto* app = target_.find(one.lib);
    if (app != nullptr && app->vsn != one.vsn) {
      return failure(
          errc::bad_lib_vsn,
          fmt::format("the relup loads {} from {}-{}, but the release "
                      "has {}-{}",
                      one.module, one.lib, one.vsn, one.lib, app->vsn));
    }
    const auto file = target_.module_file(root_, one.lib, one.vsn, one.module);
    if (node_.files().kind(file) == file_kind::missing) {
      return failure(errc::no_such_file,
                     fmt::format("{} is not there", file.string()));
    }
    if (app != nullptr)
      INSTAR_TRY(use_libraries(node_, *app,
                               target_.lib_folder(root_, one.lib, one.vsn)));
    INSTAR_TRY_ASSIGN(auto* code, node_.code().load_unchecked(file));
    loaded_[one.module] = code;
    if (std::find(before.begin(), before.end(), code) != before.end())
      borrowed_.insert(code);
    if (code->name != one.module) {
      return failure(
          errc::bad_module_file,
          fmt::format("{} holds module {}", file.string(), code->name));
    }
    if (code->vsn != one.vsn) {
      return failure(
          errc::bad_module_file,
          fmt::format("{} was built as version {}", file.string(), code->vsn));
    }
    INSTAR_TRY(check_not_rebuilt(*code));
  }
  // All of a batch are there before any is asked what it imports: they may need
  // each other.
  auto together = before;
  for (const auto& [name, code] : loaded_)
    together.push_back(code);
  for (const auto& one : of.modules) {
    const auto found = loaded_.find(one.module);
    if (found != loaded_.end() && !one.is_removed)
      INSTAR_TRY(node_.code().check_imports(*found->second, together));
  }
  return {};
}

/// One version has one build: else nobody could tell which of them runs.
result<> transaction::check_not_rebuilt(const instance& next) {
  const auto* now = node_.code().current(next.name);
  if (now == nullptr || now->vsn != next.vsn ||
      now->build_id == next.build_id || options_.modified.contains(next.name)) {
    return {};
  }
  return failure(errc::bad_module_file,
                 fmt::format("{} is {} {} with other bytes than the one that "
                             "runs, {}: give it a version of its own",
                             next.origin, next.name, next.vsn, now->origin));
}

result<> transaction::check_old_code(const planned_module& one) {
  if (one.pre_purge != appup::purge_method::soft_purge)
    return {};
  const auto* old_code = node_.code().old(one.module);
  const auto next = loaded_.find(one.module);
  if (old_code == nullptr ||
      (next != loaded_.end() && next->second == old_code)) {
    return {};
  }
  return node_.code().check_soft_purge(one.module);
}

/// What stands in the way of taking a batch back once it runs; empty: nothing.
std::string transaction::why_no_way_back(const batch& of) const {
  for (const auto& one : of.modules) {
    const auto* now = node_.code().current(one.module);
    const auto next = loaded_.find(one.module);
    if (now == nullptr || next == loaded_.end() || !one.is_converted)
      continue;
    const auto back =
        plan_conversion(*next->second, *now, opposite(to_runtime(one.way)));
    if (!back)
      return back.error().message();
  }
  return {};
}

/// Second states without what they hold on the heap, which only a rehearsal knows.
result<> transaction::check_memory(const batch& of) const {
  if (options_.memory_limit_bytes == 0)
    return {};
  std::size_t bytes = 0;
  std::string whose;
  for (const auto& one : of.modules) {
    const auto* from = node_.code().current(one.module);
    const auto next = loaded_.find(one.module);
    if (from == nullptr || next == loaded_.end() || !one.is_converted ||
        next->second->descriptor.state == nullptr) {
      continue;
    }
    const auto decided =
        plan_conversion(*from, *next->second, to_runtime(one.way));
    if (!decided || decided->kind != transition::how::convert)
      continue;
    const auto count = from->box_count.load();
    const std::size_t size = next->second->descriptor.state->size;
    bytes += count * size;
    whose += fmt::format("{}{} of {} bytes of {}", whose.empty() ? "" : ", ",
                         count, size, one.module);
  }
  if (bytes <= options_.memory_limit_bytes)
    return {};
  return failure(
      errc::memory_limit,
      fmt::format("a batch goes over at once, and its second states take at "
                  "least {} bytes ({}), where {} are allowed",
                  bytes, whose, options_.memory_limit_bytes));
}

result<forecast> transaction::look_ahead() const {
  return make_forecast(node_, root_, plan_, target_, loaded_);
}

result<rehearsal_report> transaction::rehearse(
    const std::vector<const transaction*>& later) {
  emit_phase("rehearse");
  rehearsal_options options;
  options.round_trip = options_.round_trip;
  options.isolated = options_.isolated;
  options.convert_timeout = options_.code_change_timeout;
  options.memory_limit_bytes = options_.memory_limit_bytes;
  options.hold = options_.hold;
  if (options_.suspend_timeout)
    options.suspend_timeout = *options_.suspend_timeout;
  auto all = batches();
  // By batch, its hop.
  std::vector<std::size_t> hops(all.size(), 0);
  for (std::size_t i = 0; i < later.size(); ++i) {
    for (auto& one : later[i]->batches()) {
      all.push_back(std::move(one));
      hops.push_back(i + 1);
    }
  }
  INSTAR_TRY_ASSIGN(auto report, instar::rehearse(node_, all, options));
  std::map<std::size_t, std::int64_t> bytes;
  for (auto& module : report.modules) {
    bytes[module.batch] += std::max<std::int64_t>(0, module.bytes);
    module.hop = hops[module.batch];
  }
  for (const auto& [number, needed] : bytes) {
    if (options.memory_limit_bytes != 0 &&
        needed > static_cast<std::int64_t>(options.memory_limit_bytes)) {
      return failure(
          errc::memory_limit,
          fmt::format("a batch goes over at once, and its second states took "
                      "{} bytes when they were rehearsed, where {} are allowed",
                      needed, options.memory_limit_bytes));
    }
  }
  return report;
}

std::vector<std::vector<module_upgrade>> transaction::batches() const {
  std::vector<std::vector<module_upgrade>> made;
  for (const auto& one : plan_.steps) {
    if (const auto* modules = std::get_if<batch>(&one))
      made.push_back(upgrades_of(*modules));
  }
  return made;
}

result<> transaction::load_ahead(
    const std::vector<const transaction*>& before) {
  std::vector<instance*> brought;
  for (const auto* one : before) {
    for (const auto& [name, code] : one->loaded_)
      brought.push_back(code);
  }
  for (const auto& one : plan_.steps) {
    if (const auto* modules = std::get_if<batch>(&one))
      INSTAR_TRY(load(*modules, brought));
  }
  return {};
}

result<> transaction::check() {
  emit_phase("check");
  std::string irreversible;
  const auto add = [&](const std::string& what, std::string_view why) {
    irreversible +=
        fmt::format("{}{} ({})", irreversible.empty() ? "" : ", ", what, why);
  };
  const auto note = [&](const effect& one) {
    if (one.undoing != undo_class::exact) {
      add(describe(one), one.undoing == undo_class::lossy ? "its state is lost"
                                                          : "has no undo");
    }
  };
  for (const auto& one : plan_.before)
    note(one);
  for (const auto& one : plan_.steps) {
    if (const auto* what = std::get_if<effect>(&one)) {
      note(*what);
      continue;
    }
    const auto& modules = std::get<batch>(one);
    INSTAR_TRY(load(modules));
    for (const auto& module : modules.modules) {
      INSTAR_TRY(check_old_code(module));
    }
    auto todo = upgrades_of(modules);
    INSTAR_TRY(add_dynamic_processes(node_, todo));
    upgrade tried(node_, std::move(todo), {});
    INSTAR_TRY(tried.check());
    INSTAR_TRY(check_memory(modules));
    INSTAR_TRY_ASSIGN(const auto changes, changes_of(modules));
    for (const auto& child : changes) {
      if (child.what == child_difference::removed && child.is_running)
        add(fmt::format("the end of child {}", child.id), "its state is lost");
    }
    // What comes after it may fail.
    if (&one != &plan_.steps.back() || !changes.empty()) {
      const auto why = why_no_way_back(modules);
      if (!why.empty())
        add(changes.empty() ? "a batch before the last step"
                            : "a batch whose supervisors' children change",
            why);
    }
  }
  if (!irreversible.empty() && !options_.allow_irreversible) {
    return failure(
        errc::irreversible,
        fmt::format("cannot be taken back exactly: {}; allow it with "
                    "--allow-irreversible",
                    irreversible));
  }
  return {};
}

}  // namespace instar::release_handler
