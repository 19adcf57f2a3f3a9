#include "appup/appup_proposal.hpp"

#include "appup/module_proposal.hpp"
#include "appup/proposal_notes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace instar::appup {
namespace {

using names = std::vector<std::string>;

bool has(const names& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

class way_proposal {
public:
  way_proposal(const application_versions& of, direction way)
      : of_(of), way_(way) {}

  /// `order`: of the modules; null: what a module depends on stands before it.
  proposed_way propose(const names* order) {
    for (const auto& module : in_order_of_app()) {
      const module_step step{way_, module, of_};
      if (auto made = propose_module(step))
        made_.emplace(module, std::move(*made));
    }
    for (auto& [module, instruction] : made_)
      note_dependencies(instruction);
    check_imports();
    if (order == nullptr) {
      for (const auto& module : in_order_of_app())
        place(module);
    } else {
      for (const auto& module : *order)
        way_made_.instructions.push_back(std::move(made_.at(module)));
    }
    return std::move(way_made_);
  }

private:
  const app_spec& target() const {
    return way_ == direction::up ? of_.newer : of_.older;
  }
  const std::optional<module_version>& target_of(
      const module_versions& versions) const {
    return way_ == direction::up ? versions.newer : versions.older;
  }

  /// The target's modules, and then those that go: whoever used them has other
  /// code by then.
  names in_order_of_app() const {
    const auto& source = way_ == direction::up ? of_.older : of_.newer;
    auto all = target().modules;
    for (const auto& one : source.modules) {
      if (!has(all, one))
        all.push_back(one);
    }
    return all;
  }

  const proposed_instruction* find(const std::string& module) const {
    const auto found = made_.find(module);
    return found == made_.end() ? nullptr : &found->second;
  }

  // ---- dependencies ---------------------------------------------------------

  /// What the module imports in its target version, by module.
  std::map<std::string, names> imports_of(const std::string& module) const {
    std::map<std::string, names> found;
    const auto known = of_.modules.find(module);
    if (known == of_.modules.end() || !target_of(known->second))
      return found;
    for (const auto& one : target_of(known->second)->about.imports) {
      if (one.module != module)
        found[one.module].push_back(one.name);
    }
    return found;
  }

  void note_dependencies(proposed_instruction& of) {
    for (const auto& [from, functions] : imports_of(of.module)) {
      const auto* other = find(from);
      if (other == nullptr || other->change == proposed_change::delete_module)
        continue;
      of.dep_mods.push_back(from);
      of.reasons.push_back(fmt::format("it imports {} of {}, which changes too",
                                       fmt::join(functions, ", "), from));
    }
  }

  /// Modules that this one may send to in a form that changes. A guess, so it
  /// orders the script and declares nothing.
  names receivers(const std::string& module) const {
    names found;
    const auto known = of_.modules.find(module);
    if (known == of_.modules.end() || known->second.mentions.empty())
      return found;
    for (const auto& [other, instruction] : made_) {
      const auto& version = target_of(of_.modules.at(other));
      if (other == module || !version)
        continue;
      const auto& taken = version->about.messages;
      if (std::any_of(taken.begin(), taken.end(), [&](const auto& one) {
            return known->second.mentions.contains(one.message->name);
          })) {
        found.push_back(other);
      }
    }
    return found;
  }

  /// Imports that the target's modules would not find: the node would refuse
  /// the upgrade.
  void check_imports() {
    for (const auto& module : target().modules) {
      const auto known = of_.modules.find(module);
      if (known == of_.modules.end() || !target_of(known->second))
        continue;
      for (const auto& wanted : target_of(known->second)->about.imports) {
        auto problem = import_problem(wanted);
        if (problem.empty())
          continue;
        const auto own = made_.find(module);
        auto& into =
            own == made_.end() ? way_made_.decisions : own->second.decisions;
        into.push_back(fmt::format("{} {} imports {} of {}, {}", module,
                                   target().vsn, wanted.name, wanted.module,
                                   problem));
      }
    }
  }

  std::string import_problem(
      const module_file::described_import& wanted) const {
    const auto known = of_.modules.find(wanted.module);
    if (known == of_.modules.end())
      return {};  // another application's
    const auto& exporter = target_of(known->second);
    if (!exporter)
      return fmt::format("which {} does not have: mend one of them",
                         target().vsn);
    for (const auto& one : exporter->about.functions) {
      if (one.name != wanted.name)
        continue;
      if (one.signature == wanted.signature)
        return {};
      return fmt::format("as {}, but it is {}: mend one of them",
                         wanted.signature, one.signature);
    }
    return "which exports no such function: mend one of them";
  }

  // ---- order ----------------------------------------------------------------

  /// By dep_mods, directly or not.
  bool depends_on(const std::string& module, const std::string& other) const {
    std::set<std::string> seen{module};
    names open{module};
    while (!open.empty()) {
      const auto* one = find(open.back());
      open.pop_back();
      if (one == nullptr)
        continue;
      for (const auto& next : one->dep_mods) {
        if (next == other)
          return true;
        if (seen.insert(next).second)
          open.push_back(next);
      }
    }
    return false;
  }

  /// After what it depends on; in a circle the first one met comes last.
  void place(const std::string& module) {
    const auto found = made_.find(module);
    if (found == made_.end() || !placed_.insert(module).second)
      return;
    if (found->second.change != proposed_change::delete_module) {
      for (const auto& before : found->second.dep_mods)
        place(before);
      for (const auto& before : receivers(module)) {
        if (!depends_on(before, module))
          place(before);
      }
    }
    way_made_.instructions.push_back(found->second);
  }

  const application_versions& of_;
  const direction way_;
  std::map<std::string, proposed_instruction> made_;
  std::set<std::string> placed_;
  proposed_way way_made_;
};

std::size_t count(const proposed_way& way) {
  auto all = way.decisions.size();
  for (const auto& one : way.instructions)
    all += one.decisions.size();
  return all;
}

}  // namespace

std::size_t appup_proposal::decision_count() const {
  return count(up) + count(down);
}

appup_proposal propose_appup(const application_versions& of) {
  appup_proposal made;
  made.application = of.newer.application;
  made.vsn = of.newer.vsn;
  made.older_vsn = of.older.vsn;
  made.notes = notes_of_changes(of.older, of.newer);
  if (of.older.vsn.size() != of.newer.vsn.size()) {
    made.notes.push_back(fmt::format(
        "{} and {} differ in length, so every module counts as changed: take "
        "away what is there for equal code",
        of.older.vsn, of.newer.vsn));
  }
  made.up = way_proposal(of, direction::up).propose(nullptr);
  // The mirror: a module that differs has an instruction in both.
  names back;
  for (const auto& one : made.up.instructions)
    back.insert(back.begin(), one.module);
  made.down = way_proposal(of, direction::down).propose(&back);
  return made;
}

}  // namespace instar::appup
