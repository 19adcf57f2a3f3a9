#include "appup/entry_check.hpp"

#include "appup/reader.hpp"
#include "appup/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace instar::appup {
namespace {

using name_set = std::set<std::string_view>;

name_set modules_of_app(const app_manifest* app) {
  if (app == nullptr)
    return {};
  return {app->spec.modules.begin(), app->spec.modules.end()};
}

// Whether a low-level instruction's module must be in the release that the
// script leads to, or may be in either.
struct named_module {
  std::string_view module;
  bool is_target = false;
};

// The modules that an instruction names; of a load_object_code those of the
// application `own` alone: others are another appup's.
struct modules_of {
  std::string_view own;

  std::vector<named_module> operator()(const load_object_code& i) const {
    return i.lib == own ? all(i.modules, true) : std::vector<named_module>{};
  }
  std::vector<named_module> operator()(const load& i) const {
    return {{i.module}};
  }
  std::vector<named_module> operator()(const remove& i) const {
    return {{i.module}};
  }
  std::vector<named_module> operator()(const purge& i) const {
    return all(i.modules);
  }
  std::vector<named_module> operator()(const suspend& i) const {
    std::vector<named_module> found;
    for (const auto& one : i.modules)
      found.push_back({one.module});
    return found;
  }
  std::vector<named_module> operator()(const code_change& i) const {
    std::vector<named_module> found;
    for (const auto& one : i.modules)
      found.push_back({one.module});
    return found;
  }
  std::vector<named_module> operator()(const stop& i) const {
    return all(i.modules);
  }
  // What is resumed or started is suspended or stopped: said once.
  template <class Other>
  std::vector<named_module> operator()(const Other&) const {
    return {};
  }

  static std::vector<named_module> all(const std::vector<std::string>& modules,
                                       bool is_target = false) {
    std::vector<named_module> found;
    for (const auto& one : modules)
      found.push_back({one, is_target});
    return found;
  }
};

// A release of this application alone, for the translation, and of whatever
// else the entry names, so that only what can be judged is.
class lone_release {
public:
  lone_release(std::string vsn, std::size_t applications) {
    made_.manifest.spec.vsn = std::move(vsn);
    made_.manifest.has_all_applications = true;
    // Loaded applications point to their entries.
    made_.manifest.spec.applications.reserve(applications);
  }

  void add(const std::string& name, const app_manifest& manifest) {
    auto& entry = made_.manifest.spec.applications.emplace_back();
    entry.name = name;
    entry.vsn = manifest.spec.vsn;
    loaded_app app;
    app.entry = &entry;
    app.manifest = &manifest;
    const auto index = made_.apps.size();
    made_.apps.push_back(app);
    made_.by_name.emplace(app.name(), index);
    for (const auto& module : app.modules())
      made_.by_module.emplace(module, index);
  }

  const loaded_release& release() const { return made_; }

private:
  loaded_release made_;
};

class entry_checker {
public:
  entry_checker(const checked_entry& one, diagnostics& errors,
                diagnostics& warnings)
      : one_(one), errors_(errors), warnings_(warnings) {}

  void check() {
    translate_alone();
    check_modules();
    if (errors_.empty())
      return;
    warnings_.clear();
  }

private:
  // ---- what the translation finds -------------------------------------------

  void translate_alone() {
    note_names();
    const auto count = 2 + names_.size();
    lone_release target(vsn_of(one_.target()), count);
    lone_release source(vsn_of(one_.source()), count);
    const auto& name = one_.app->spec.application;
    target.add(name, one_.target() != nullptr ? *one_.target() : *one_.app);
    source.add(name, one_.source() != nullptr ? *one_.source() : *one_.app);
    for (const auto& [other, use] : names_) {
      if (use.in_target)
        target.add(other, empty_);
      if (use.in_source)
        source.add(other, empty_);
    }
    // No application has this name.
    target.add("", others_);
    source.add("", others_);
    translation work;
    work.way = one_.way;
    work.target = &target.release();
    work.source = &source.release();
    auto& instructions = work.scripts.emplace_back().instructions;
    for (const auto& written : one_.entry->instructions)
      instructions.push_back(&written);
    static_cast<void>(translate(work, errors_, warnings_));
  }

  std::string vsn_of(const app_manifest* manifest) const {
    return manifest != nullptr ? manifest->spec.vsn : described_vsn();
  }
  std::string described_vsn() const {
    const auto* exact = std::get_if<exact_vsn>(&one_.entry->from);
    return exact != nullptr ? exact->vsn : std::string();
  }

  struct application_use {
    bool in_target = false;
    bool in_source = false;
  };

  void note_names() {
    for (const auto& written : one_.entry->instructions) {
      if (const auto* high = std::get_if<high_level>(&written.what)) {
        note_high(*high);
      } else if (const auto* low = std::get_if<low_level>(&written.what)) {
        note_low(*low);
      }
    }
    others_.spec.modules.assign(modules_.begin(), modules_.end());
    others_.has_all_modules = true;
  }

  void note_high(const high_level& what) {
    if (const auto* adds = std::get_if<add_application>(&what)) {
      note_application(adds->name, true, false);
    } else if (const auto* removes = std::get_if<remove_application>(&what)) {
      note_application(removes->name, false, true);
    } else if (const auto* restarts = std::get_if<restart_application>(&what)) {
      note_application(restarts->name, true, true);
    } else {
      std::visit(
          [&](const auto& one) {
            if constexpr (requires { one.module; })
              modules_.insert(one.module);
          },
          what);
    }
  }

  void note_application(const std::string& name, bool in_target,
                        bool in_source) {
    if (name == one_.app->spec.application)
      return;
    auto& use = names_[name];
    use.in_target = use.in_target || in_target;
    use.in_source = use.in_source || in_source;
  }

  void note_low(const low_level& what) {
    const auto* code = std::get_if<load_object_code>(&what);
    if (code != nullptr) {
      modules_.insert(code->modules.begin(), code->modules.end());
      if (code->lib != one_.app->spec.application)
        foreign_.insert(code->modules.begin(), code->modules.end());
      return;
    }
    for (const auto& one :
         std::visit(modules_of{one_.app->spec.application}, what)) {
      modules_.emplace(one.module);
    }
  }

  // ---- what the two app.yaml say --------------------------------------------

  void check_modules() {
    for (const auto& written : one_.entry->instructions) {
      if (const auto* high = std::get_if<high_level>(&written.what)) {
        check_high(written, *high);
      } else if (const auto* low = std::get_if<low_level>(&written.what)) {
        check_low(written, *low);
      }
    }
  }

  void check_high(const written_instruction& by, const high_level& what) {
    if (const auto* deletes = std::get_if<delete_module>(&what)) {
      const auto* source = one_.source();
      if (source != nullptr && !source_modules_.contains(deletes->module))
        unknown(by, "delete_module", deletes->module, *source);
      return;
    }
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.module; })
            check_target(by, one.module);
        },
        what);
  }

  void check_target(const written_instruction& by, const std::string& module) {
    const auto* target = one_.target();
    if (target == nullptr || !target->has_all_modules ||
        target_modules_.contains(module)) {
      return;
    }
    report(errors_, errc::no_such_module, by.where.with(by.name_at),
           fmt::format("the module {} is not in app.yaml of {}{}", module,
                       title(*target),
                       is_worth_a_guess(errors_)
                           ? did_you_mean(module, std::span<const std::string>(
                                                      target->spec.modules))
                           : std::string()));
  }

  void check_low(const written_instruction& by, const low_level& what) {
    const auto* target = one_.target();
    const auto* source = one_.source();
    for (const auto& [module, is_target] :
         std::visit(modules_of{one_.app->spec.application}, what)) {
      if (foreign_.contains(module))
        continue;
      const bool in_target =
          target == nullptr || target_modules_.contains(module);
      const bool in_source =
          source == nullptr || source_modules_.contains(module);
      if (in_target || (in_source && !is_target))
        continue;
      if (is_target) {
        unknown(by, keyword(what), module, *target);
      } else {
        warn(
            warnings_, errc::unknown_module, by.where,
            fmt::format("{}: the module {} is in app.yaml of neither {} nor "
                        "{}",
                        keyword(what), module, title(*source), title(*target)));
      }
    }
  }

  void unknown(const written_instruction& by, std::string_view instruction,
               std::string_view module, const app_manifest& of) {
    warn(warnings_, errc::unknown_module, by.where,
         fmt::format("{}: the module {} is not in app.yaml of {}", instruction,
                     module, title(of)));
  }

  const checked_entry& one_;
  diagnostics& errors_;
  diagnostics& warnings_;
  const name_set target_modules_ = modules_of_app(one_.target());
  const name_set source_modules_ = modules_of_app(one_.source());
  std::map<std::string, application_use> names_;
  std::set<std::string, std::less<>> modules_;
  // Those of a load_object_code of another application.
  std::set<std::string, std::less<>> foreign_;
  app_manifest empty_;
  app_manifest others_;
};

}  // namespace

void check_entry(const checked_entry& one, diagnostics& errors,
                 diagnostics& warnings) {
  diagnostics own_errors;
  diagnostics own_warnings;
  entry_checker(one, own_errors, own_warnings).check();
  errors.insert(errors.end(), own_errors.begin(), own_errors.end());
  warnings.insert(warnings.end(), own_warnings.begin(), own_warnings.end());
}

std::string title(const app_manifest& of) {
  return of.spec.application + " " + of.spec.vsn;
}

}  // namespace instar::appup
