#include "appup/module_graph.hpp"
#include "appup/translation.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace instar::appup {
namespace {

// What update, load_module, add_module and delete_module have in common.
struct module_instruction {
  const written_instruction* origin = nullptr;
  const std::string* module = nullptr;
  const std::vector<std::string>* dep_mods = nullptr;
  const update* updates = nullptr;
  bool deletes = false;
  purge_method pre_purge = purge_method::brutal_purge;
  purge_method post_purge = purge_method::brutal_purge;
};

// False for any other instruction.
bool read(const written_instruction& from, module_instruction& into) {
  const auto* high = std::get_if<high_level>(&from.what);
  if (high == nullptr)
    return false;
  into.origin = &from;
  if (const auto* updates = std::get_if<update>(high)) {
    into.module = &updates->module;
    into.dep_mods = &updates->dep_mods;
    into.updates = updates;
    into.pre_purge = updates->pre_purge;
    into.post_purge = updates->post_purge;
  } else if (const auto* loads = std::get_if<load_module>(high)) {
    into.module = &loads->module;
    into.dep_mods = &loads->dep_mods;
    into.pre_purge = loads->pre_purge;
    into.post_purge = loads->post_purge;
  } else if (const auto* adds = std::get_if<add_module>(high)) {
    into.module = &adds->module;
    into.dep_mods = &adds->dep_mods;
  } else if (const auto* deletes = std::get_if<delete_module>(high)) {
    into.module = &deletes->module;
    into.dep_mods = &deletes->dep_mods;
    into.deletes = true;
  } else {
    return false;
  }
  return true;
}

std::string near_instruction(const translation& work, const std::string& module,
                             const std::vector<std::string_view>& known,
                             const diagnostics& so_far) {
  if (!is_worth_a_guess(so_far))
    return {};
  if (work.target->app_of_module(module) != nullptr)
    return ": give it one, or leave it out of dep_mods if it does not change";
  auto near = did_you_mean(module, std::span<const std::string_view>(known));
  return near.empty() ? work.target->near_module(module, so_far) : near;
}

module_graph make_graph(const translation& work,
                        const std::vector<module_instruction>& all,
                        diagnostics& errors) {
  std::unordered_map<std::string_view, std::uint32_t> by_module;
  std::vector<std::string_view> known;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const auto& origin = *all[i].origin;
    const auto [first, is_new] = by_module.emplace(*all[i].module, i);
    if (is_new) {
      known.push_back(*all[i].module);
      continue;
    }
    const auto& other = all[first->second].origin->where;
    report(
        errors, errc::muldef_module, origin.where.with(origin.name_at),
        fmt::format("a second instruction for the module {}; the first is in "
                    "{}line {}",
                    *all[i].module,
                    other.file && other.file != origin.where.file
                        ? other.file->name + ", "
                        : "",
                    other.at.line));
  }
  // An instruction that was left out may be the one that is missed.
  const bool has_all = !work.is_partial && work.target->has_all_modules();
  module_graph graph;
  graph.depends_on.resize(all.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const auto& names = *all[i].dep_mods;
    for (std::size_t n = 0; n < names.size(); ++n) {
      const auto found = by_module.find(names[n]);
      if (found != by_module.end()) {
        graph.depends_on[i].push_back(found->second);
        continue;
      }
      if (!has_all)
        continue;
      const auto& origin = *all[i].origin;
      report(
          errors, errc::undef_module,
          origin.where.with(n < origin.modules_at.size() ? origin.modules_at[n]
                                                         : origin.name_at),
          fmt::format("{} depends on {}, which has no instruction{}",
                      *all[i].module, names[n],
                      near_instruction(work, names[n], known, errors)));
    }
  }
  return graph;
}

// The instructions whose modules may be ones of their own application all the
// same, as its manifest was not read to the end.
std::unordered_set<const written_instruction*> about_hidden(
    const translation& work) {
  std::unordered_set<const written_instruction*> found;
  if (work.target->has_all_modules())
    return found;
  for (const auto& script : work.scripts) {
    if (script.app == nullptr)
      continue;
    const auto* own = work.target->find_app(script.app->name());
    if (own != nullptr && !own->manifest->has_all_modules)
      found.insert(script.instructions.begin(), script.instructions.end());
  }
  return found;
}

// What is loaded must be there.
void check_modules(const translation& work,
                   const std::vector<module_instruction>& all,
                   diagnostics& errors) {
  if (!work.target->has_all_apps())
    return;
  const auto hidden = about_hidden(work);
  for (const auto& one : all) {
    if (one.deletes || work.target->app_of_module(*one.module) != nullptr ||
        hidden.contains(one.origin)) {
      continue;
    }
    report(errors, errc::no_such_module,
           one.origin->where.with(one.origin->name_at),
           fmt::format("the module {} is in no application of release {}{}",
                       *one.module, work.target->manifest.spec.vsn,
                       work.target->near_module(*one.module, errors)));
  }
}

// Writes the blocks. A component is a list of positions in dependency order.
class block_writer {
public:
  block_writer(translation& work, const std::vector<module_instruction>& all)
      : work_(work), all_(all) {}

  /// `first` is where the block stands.
  void write(const std::vector<std::uint32_t>& component,
             const written_instruction& first) {
    block_ = &first;
    read_object_code(component);
    suspend_all(component);
    if (work_.way == direction::up) {
      for (auto i = component.rbegin(); i != component.rend(); ++i) {
        switch_code(all_[*i]);
      }
      change_code(component, place::block_converts_up,
                  [](const update&) { return true; });
    } else {
      // New code converts dynamic modules' states to the old form, old code
      // those of static ones.
      change_code(component, place::block_converts_before_load,
                  [](const update& one) {
                    return one.type == module_type::dynamic_module;
                  });
      for (const auto i : component)
        switch_code(all_[i]);
      change_code(component, place::block_converts_after_load,
                  [](const update& one) {
                    return one.type == module_type::static_module;
                  });
    }
    resume_all(component);
  }

private:
  void put(low_level what, reason why, place here,
           const module_instruction& by) {
    work_.after_placed.push_back(
        {std::move(what), by.origin, why, here, block_});
  }
  /// One instruction for several.
  void put(low_level what, reason why, place here,
           const std::vector<const module_instruction*>& by) {
    put(std::move(what), why, here, *by.front());
    auto& also = work_.after_placed.back().also;
    for (auto one = by.begin() + 1; one != by.end(); ++one)
      also.push_back((*one)->origin);
  }

  void read_object_code(const std::vector<std::uint32_t>& component) {
    for (const auto i : component) {
      const auto& one = all_[i];
      if (one.deletes)
        continue;
      const auto* app = work_.target->app_of_module(*one.module);
      if (app == nullptr)
        continue;  // its manifest has an error: nothing will come of this
      work_.object_code.push_back(
          {load_object_code{app->name(), app->vsn(), {*one.module}}, one.origin,
           reason::reads_object_code, place::with_object_code});
    }
  }

  void suspend_all(const std::vector<std::uint32_t>& component) {
    suspend all;
    std::vector<const module_instruction*> by;
    for (const auto i : component) {
      const auto& one = all_[i];
      if (one.updates == nullptr)
        continue;
      by.push_back(&one);
      auto timeout = one.updates->timeout;
      if (std::holds_alternative<default_timeout>(timeout)) {
        timeout = default_timeout{};  // as if it had not been written
      }
      all.modules.push_back({*one.module, timeout, one.updates->when_busy});
    }
    if (!by.empty())
      put(std::move(all), reason::suspends, place::block_start, by);
  }

  void resume_all(const std::vector<std::uint32_t>& component) {
    resume all;
    std::vector<const module_instruction*> by;
    for (auto i = component.rbegin(); i != component.rend(); ++i) {
      const auto& one = all_[*i];
      if (one.updates == nullptr)
        continue;
      by.push_back(&one);
      all.modules.push_back(*one.module);
    }
    if (!by.empty())
      put(std::move(all), reason::resumes, place::block_end, by);
  }

  void switch_code(const module_instruction& one) {
    const auto here = work_.way == direction::up ? place::block_loads_up
                                                 : place::block_loads_down;
    if (one.deletes) {
      put(remove{*one.module}, reason::deletes, here, one);
      put(purge{{*one.module}}, reason::deletes, here, one);
    } else {
      put(load{*one.module, one.pre_purge, one.post_purge}, reason::loads, here,
          one);
    }
  }

  template <class Predicate>
  void change_code(const std::vector<std::uint32_t>& component, place here,
                   Predicate applies) {
    code_change all{work_.way, {}};
    std::vector<const module_instruction*> by;
    for (const auto i : component) {
      const auto& one = all_[i];
      if (one.updates == nullptr || !applies(*one.updates))
        continue;
      const auto* change = std::get_if<advanced_change>(&one.updates->change);
      if (change == nullptr)
        continue;
      by.push_back(&one);
      auto timeout = one.updates->convert_timeout;
      if (std::holds_alternative<default_timeout>(timeout))
        timeout = default_timeout{};
      all.modules.push_back({*one.module, change->extra, timeout});
    }
    if (!by.empty())
      put(std::move(all), reason::converts, here, by);
  }

  translation& work_;
  const std::vector<module_instruction>& all_;
  const written_instruction* block_ = nullptr;
};

}  // namespace

void translate_modules(translation& work, diagnostics& errors) {
  std::vector<module_instruction> all;
  for (const auto* one : work.after) {
    module_instruction found;
    if (read(*one, found))
      all.push_back(found);
  }
  const auto graph = make_graph(work, all, errors);
  check_modules(work, all, errors);
  if (!errors.empty())
    return;
  const auto ordered = order_components(graph);
  std::vector<bool> written(ordered.components.size(), false);
  block_writer blocks(work, all);
  std::size_t position = 0;
  for (const auto* one : work.after) {
    if (const auto* low = std::get_if<low_level>(&one->what)) {
      work.after_placed.push_back({*low, one});
      continue;
    }
    // The first instruction of a component stands for all of it.
    const auto component = ordered.component_of[position++];
    if (written[component])
      continue;
    written[component] = true;
    blocks.write(ordered.components[component], *one);
  }
}

}  // namespace instar::appup
