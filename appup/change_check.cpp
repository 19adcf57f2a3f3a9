#include "appup/change_check.hpp"

#include "appup/appup_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <type_traits>

namespace instar::appup {
namespace {

using names = std::vector<std::string>;

bool has(const names& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What an entry does to a module.
struct module_use {
  const written_instruction* by = nullptr;
  bool loads = false;
  bool removes = false;
  /// Null: a low-level instruction, which has none.
  const names* dep_mods = nullptr;
};

source_position place_of(const module_use& use) {
  const auto& by = *use.by;
  return by.name_at.line > 0 ? by.where.with(by.name_at) : by.where;
}

/// All that an entry does, by module.
class entry_uses {
public:
  entry_uses(const appup_entry& entry, const std::string& application) {
    for (const auto& written : entry.instructions) {
      if (const auto* high = std::get_if<high_level>(&written.what)) {
        note(written, *high, application);
      } else if (const auto* low = std::get_if<low_level>(&written.what)) {
        note(written, *low);
      }
    }
  }

  /// The application or the node is restarted: every module goes over.
  bool covers_all() const { return covers_all_; }
  /// Null: none.
  const module_use* find(std::string_view module) const {
    const auto found = by_module_.find(module);
    return found == by_module_.end() ? nullptr : &found->second;
  }
  const std::map<std::string_view, module_use>& all() const {
    return by_module_;
  }

private:
  module_use& use(const written_instruction& by, const std::string& module) {
    auto& made = by_module_[module];
    if (made.by == nullptr)
      made.by = &by;
    return made;
  }

  void note(const written_instruction& by, const high_level& what,
            const std::string& application) {
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.dep_mods; }) {
            auto& made = use(by, one.module);
            made.dep_mods = &one.dep_mods;
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>,
                                         delete_module>) {
              made.removes = true;
            } else {
              made.loads = true;
            }
          } else if (one.name == application) {
            covers_all_ = true;
          }
        },
        what);
  }

  void note(const written_instruction& by, const low_level& what) {
    if (const auto* loads = std::get_if<load>(&what)) {
      use(by, loads->module).loads = true;
    } else if (const auto* removes = std::get_if<remove>(&what)) {
      use(by, removes->module).removes = true;
    } else if (std::holds_alternative<restart_emulator>(what) ||
               std::holds_alternative<restart_new_emulator>(what)) {
      covers_all_ = true;
    }
  }

  std::map<std::string_view, module_use> by_module_;
  bool covers_all_ = false;
};

/// Whether dep_mods lead from one module to the other.
bool leads_to(const entry_uses& uses, std::string_view from,
              std::string_view to) {
  std::set<std::string_view> seen{from};
  std::vector<std::string_view> open{from};
  while (!open.empty()) {
    const auto* use = uses.find(open.back());
    open.pop_back();
    if (use == nullptr || use->dep_mods == nullptr)
      continue;
    for (const auto& next : *use->dep_mods) {
      if (next == to)
        return true;
      if (seen.insert(next).second)
        open.push_back(next);
    }
  }
  return false;
}

/// Imports by the module that they come from: `get, put`.
std::map<std::string, std::string> by_module(
    const std::vector<module_file::module_import>& imports) {
  std::map<std::string, std::string> found;
  for (const auto& one : imports) {
    auto& functions = found[one.module];
    functions += (functions.empty() ? "" : ", ") + one.name;
  }
  return found;
}

/// The entry of the other direction for the same versions; null: none.
const appup_entry* counterpart(const appup_entry& entry,
                               const std::vector<appup_entry>& others) {
  const auto* exact = std::get_if<exact_vsn>(&entry.from);
  for (const auto& other : others) {
    if (exact != nullptr) {
      if (matches(other, exact->vsn).matches)
        return &other;
      continue;
    }
    const auto& pattern = std::get<regex_vsn>(entry.from).pattern;
    const auto* same = std::get_if<regex_vsn>(&other.from);
    const auto* one = std::get_if<exact_vsn>(&other.from);
    if ((same != nullptr && same->pattern == pattern) ||
        (one != nullptr && matches(entry, one->vsn).matches)) {
      return &other;
    }
  }
  return nullptr;
}

/// What one direction has and the other one lacks.
class pair_checker {
public:
  pair_checker(const app_manifest& app, direction way, diagnostics& warnings)
      : app_(app), way_(way), warnings_(warnings) {}

  void check(const appup_entry& entry, const appup_entry* other) {
    const auto which = described(entry);
    if (other == nullptr) {
      warn(warnings_, tag(), entry.where,
           fmt::format("there is a way {} {}, but none {} it",
                       is_up() ? "up from" : "down to", which,
                       is_up() ? "back down to" : "up from"));
      return;
    }
    const entry_uses here(entry, app_.spec.application);
    const entry_uses there(*other, app_.spec.application);
    if (there.covers_all())
      return;
    for (const auto& [module, use] : here.all()) {
      if (there.find(module) != nullptr)
        continue;
      warn(warnings_, tag(), place_of(use),
           fmt::format("{} is {} going {} {}, but the way {} it has no "
                       "instruction for {}",
                       module, use.loads ? "changed" : "deleted",
                       is_up() ? "up from" : "down to", which,
                       is_up() ? "back down to" : "up from", module));
    }
  }

private:
  bool is_up() const { return way_ == direction::up; }
  errc tag() const { return is_up() ? errc::no_down_entry : errc::no_up_entry; }

  const app_manifest& app_;
  direction way_;
  diagnostics& warnings_;
};

/// The entry that is used for that version; a bad pattern is reported elsewhere.
const appup_entry* entry_for(const appup_spec& spec, direction way,
                             const std::string& vsn) {
  diagnostics ignored;
  return match_entry(spec, way, vsn, ignored);
}

}  // namespace

void check_changes(const checked_entry& one, const module_facts& facts,
                   diagnostics& warnings) {
  const entry_uses uses(*one.entry, one.app->spec.application);
  if (uses.covers_all())
    return;
  const auto& target = *one.target();
  const auto& source = *one.source();
  const std::set<std::string_view> in_target(target.spec.modules.begin(),
                                             target.spec.modules.end());
  const std::set<std::string_view> in_source(source.spec.modules.begin(),
                                             source.spec.modules.end());
  for (const auto& module : target.spec.modules) {
    const auto* use = uses.find(module);
    const bool loads = use != nullptr && use->loads;
    if (!in_source.contains(module)) {
      if (loads)
        continue;
      warn(warnings, errc::added_without_instruction, one.entry->where,
           fmt::format("{} has the module {} and {} has not: add_module is "
                       "missing",
                       title(target), module, title(source)));
    } else if (use != nullptr && use->removes && !loads) {
      warn(warnings, errc::instruction_without_change, place_of(*use),
           fmt::format("{} is deleted, but it is in app.yaml of {}", module,
                       title(target)));
    } else if (!loads && facts.changed.contains(module)) {
      warn(warnings, errc::changed_without_instruction, one.entry->where,
           fmt::format("{} is not the same in {} and {}, but no instruction "
                       "changes it: its code stays until the node restarts",
                       module, title(source), title(target)));
    } else if (loads && facts.unchanged.contains(module)) {
      warn(warnings, errc::instruction_without_change, place_of(*use),
           fmt::format("{} is the same in {} and {}: it needs no instruction",
                       module, title(source), title(target)));
    }
  }
  for (const auto& module : source.spec.modules) {
    const auto* use = uses.find(module);
    if (in_target.contains(module) || (use != nullptr && use->removes))
      continue;
    warn(warnings, errc::removed_without_instruction, one.entry->where,
         fmt::format("{} has the module {} and {} has not: delete_module is "
                     "missing",
                     title(source), module, title(target)));
  }
}

void check_dependencies(const checked_entry& one, const module_facts& facts,
                        diagnostics& warnings) {
  const entry_uses uses(*one.entry, one.app->spec.application);
  // What comes is loaded in the order of its own imports.
  const auto& imports = one.target() == one.app || one.old == nullptr
                            ? facts.app_imports
                            : facts.old_imports;
  for (const auto& [module, use] : uses.all()) {
    const auto found = imports.find(std::string(module));
    if (use.dep_mods == nullptr || found == imports.end())
      continue;
    for (const auto& [from, functions] : by_module(found->second)) {
      const auto* other = uses.find(from);
      if (from == module || other == nullptr || other->dep_mods == nullptr ||
          leads_to(uses, module, from)) {
        continue;
      }
      warn(warnings, errc::undeclared_dependency, place_of(use),
           fmt::format("{} imports {} of {}, and both change: its dep_mods do "
                       "not lead to {}",
                       module, functions, from, from));
    }
  }
}

void check_pairs(const appup_spec& spec, const app_manifest& app,
                 const app_manifest* old, diagnostics& warnings) {
  for (const auto way : {direction::up, direction::down}) {
    const auto back = way == direction::up ? direction::down : direction::up;
    pair_checker into(app, way, warnings);
    if (old != nullptr) {
      const auto* entry = entry_for(spec, way, old->spec.vsn);
      if (entry != nullptr)
        into.check(*entry, entry_for(spec, back, old->spec.vsn));
      continue;
    }
    for (const auto& entry : entries_of(spec, way))
      into.check(entry, counterpart(entry, entries_of(spec, back)));
  }
}

void check_applications(const app_manifest& app, const module_facts& facts,
                        const std::map<std::string, std::string>& owners,
                        diagnostics& warnings) {
  const auto& spec = app.spec;
  for (std::size_t i = 0; i < spec.modules.size(); ++i) {
    const auto found = facts.app_imports.find(spec.modules[i]);
    if (found == facts.app_imports.end())
      continue;
    for (const auto& [from, functions] : by_module(found->second)) {
      const auto owner = owners.find(from);
      if (owner == owners.end() || has(spec.applications, owner->second) ||
          has(spec.included_applications, owner->second)) {
        continue;
      }
      warn(warnings, errc::undeclared_dependency,
           app.where.with(i < app.modules_at.size() ? app.modules_at[i]
                                                    : text_position{}),
           fmt::format("{} imports {} of {}, a module of {}, which is not in "
                       "applications",
                       spec.modules[i], functions, from, owner->second));
    }
  }
}

}  // namespace instar::appup
