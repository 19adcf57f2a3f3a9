// What the authors wrote, taken as sets: order does not matter, as in OTP.
#include "appup/reader.hpp"
#include "appup/translation.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace instar::appup {
namespace {

// Module `i` of an instruction's list, or the one that it has.
source_position place_of(const written_instruction& by, std::size_t i) {
  return by.where.with(i < by.modules_at.size() ? by.modules_at[i]
                                                : by.name_at);
}

std::string misspelt(std::string_view module,
                     const std::vector<std::string_view>& candidates) {
  const auto near = nearest(module, candidates);
  return near.empty() ? ""
                      : fmt::format(" ({} is: is one of them misspelt?)", near);
}

// A module and the first place that names it, in the order of naming.
class named_modules {
public:
  void add(std::string_view module, const written_instruction& by,
           std::size_t i = 0) {
    if (by_name_.emplace(module, mention{&by, i}).second)
      order_.push_back(module);
  }
  bool contains(std::string_view module) const {
    return by_name_.contains(module);
  }
  /// An error for each that `others` lacks.
  void check_in(const named_modules& others, errc tag, const char* missing,
                diagnostics& errors) const {
    // Most likely one of those that lack a counterpart themselves.
    const auto near = others.missing_in(*this);
    for (const auto module : order_) {
      if (others.contains(module))
        continue;
      const auto [by, i] = by_name_.at(module);
      report(
          errors, tag, place_of(*by, i),
          fmt::format("{} {}{}", module, missing,
                      is_worth_a_guess(errors) ? misspelt(module, near) : ""));
    }
  }

private:
  std::vector<std::string_view> missing_in(const named_modules& others) const {
    std::vector<std::string_view> all;
    std::copy_if(order_.begin(), order_.end(), std::back_inserter(all),
                 [&](auto module) { return !others.contains(module); });
    return all;
  }

  struct mention {
    const written_instruction* by;
    std::size_t index;
  };
  std::unordered_map<std::string_view, mention> by_name_;
  std::vector<std::string_view> order_;
};

struct balance {
  named_modules object_code;
  named_modules loaded;
  named_modules suspended;
  named_modules resumed;
  named_modules stopped;
  named_modules started;
  named_modules changed;
  named_modules others;

  void note(const written_instruction& by, const low_level& what) {
    const auto all = [&](named_modules& to,
                         const std::vector<std::string>& modules) {
      for (std::size_t i = 0; i < modules.size(); ++i)
        to.add(modules[i], by, i);
    };
    if (const auto* code = std::get_if<load_object_code>(&what)) {
      all(object_code, code->modules);
    } else if (const auto* loads = std::get_if<load>(&what)) {
      loaded.add(loads->module, by);
    } else if (const auto* removes = std::get_if<remove>(&what)) {
      others.add(removes->module, by);
    } else if (const auto* purges = std::get_if<purge>(&what)) {
      all(others, purges->modules);
    } else if (const auto* suspends = std::get_if<suspend>(&what)) {
      for (std::size_t i = 0; i < suspends->modules.size(); ++i)
        suspended.add(suspends->modules[i].module, by, i);
    } else if (const auto* resumes = std::get_if<resume>(&what)) {
      all(resumed, resumes->modules);
    } else if (const auto* changes = std::get_if<code_change>(&what)) {
      for (std::size_t i = 0; i < changes->modules.size(); ++i)
        changed.add(changes->modules[i].module, by, i);
    } else if (const auto* stops = std::get_if<stop>(&what)) {
      all(stopped, stops->modules);
    } else if (const auto* starts = std::get_if<start>(&what)) {
      all(started, starts->modules);
    }
  }
};

// OTP leaves these unchecked, and so the script is made all the same.
class unknown_modules {
public:
  unknown_modules(const translation& work, diagnostics& warnings)
      : work_(work), warnings_(warnings) {}

  void warn(const written_instruction& by) {
    by_ = &by;
    if (const auto* high = std::get_if<high_level>(&by.what)) {
      if (const auto* deletes = std::get_if<delete_module>(high))
        check("delete_module", deletes->module, 0, nullptr, work_.source);
      return;
    }
    const auto& what = std::get<low_level>(by.what);
    const auto* const name = keyword(what);
    const auto both = [&](const std::string& module, std::size_t i = 0) {
      check(name, module, i, work_.target, work_.source);
    };
    const auto all = [&](const std::vector<std::string>& modules) {
      for (std::size_t i = 0; i < modules.size(); ++i)
        both(modules[i], i);
    };
    if (const auto* code = std::get_if<load_object_code>(&what)) {
      for (std::size_t i = 0; i < code->modules.size(); ++i)
        check(name, code->modules[i], i, work_.target, nullptr);
    } else if (const auto* loads = std::get_if<load>(&what)) {
      both(loads->module);
    } else if (const auto* removes = std::get_if<remove>(&what)) {
      both(removes->module);
    } else if (const auto* purges = std::get_if<purge>(&what)) {
      all(purges->modules);
    } else if (const auto* suspends = std::get_if<suspend>(&what)) {
      for (std::size_t i = 0; i < suspends->modules.size(); ++i)
        both(suspends->modules[i].module, i);
    } else if (const auto* changes = std::get_if<code_change>(&what)) {
      for (std::size_t i = 0; i < changes->modules.size(); ++i)
        both(changes->modules[i].module, i);
    } else if (const auto* stops = std::get_if<stop>(&what)) {
      all(stops->modules);
    }
    // What is resumed or started is suspended or stopped: said once.
  }

private:
  // It has to be in one of the releases; either may be null.
  void check(const char* instruction, const std::string& module, std::size_t i,
             const loaded_release* target, const loaded_release* source) {
    if (target != nullptr && target->app_of_module(module) != nullptr)
      return;
    if (source != nullptr && source->app_of_module(module) != nullptr)
      return;
    auto near = target != nullptr ? target->near_module(module, warnings_) : "";
    if (near.empty() && source != nullptr)
      near = source->near_module(module, warnings_);
    appup::warn(warnings_, errc::unknown_module, place_of(*by_, i),
                fmt::format("{}: the module {} is in no application of {}{}",
                            instruction, module, where(target, source), near));
  }

  static std::string where(const loaded_release* target,
                           const loaded_release* source) {
    if (target != nullptr && source != nullptr)
      return "the two releases";
    return target != nullptr ? fmt::format("release {}, which it leads to",
                                           target->manifest.spec.vsn)
                             : fmt::format("release {}, which it comes from",
                                           source->manifest.spec.vsn);
  }

  const translation& work_;
  diagnostics& warnings_;
  const written_instruction* by_ = nullptr;
};

}  // namespace

void check_balance(const translation& work, diagnostics& errors,
                   diagnostics& warnings) {
  balance found;
  for (const auto* part : {&work.before, &work.after}) {
    for (const auto* one : *part) {
      if (const auto* low = std::get_if<low_level>(&one->what)) {
        found.note(*one, *low);
      }
    }
  }
  found.loaded.check_in(found.object_code, errc::no_object_code,
                        "is loaded, but no load_object_code reads it", errors);
  found.suspended.check_in(found.resumed, errc::suspended_not_resumed,
                           "is suspended, but never resumed", errors);
  found.resumed.check_in(found.suspended, errc::resumed_not_suspended,
                         "is resumed, but never suspended", errors);
  found.started.check_in(found.stopped, errc::start_not_stop,
                         "is started, but never stopped", errors);
  found.stopped.check_in(found.started, errc::stop_not_start,
                         "is stopped, but never started", errors);
  if (!errors.empty())
    return;
  unknown_modules unknown(work, warnings);
  for (const auto* part : {&work.before, &work.after}) {
    for (const auto* one : *part)
      unknown.warn(*one);
  }
  diagnostics unsuspended;
  found.changed.check_in(
      found.suspended, errc::code_change_not_suspended,
      "is changed, but never suspended: no process will be asked", unsuspended);
  for (auto& one : unsuspended) {
    one.level = severity::warning;
    warnings.push_back(std::move(one));
  }
}

}  // namespace instar::appup
