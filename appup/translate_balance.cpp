// What the authors wrote, taken as sets: order does not matter, as in OTP.
#include "appup/reader.hpp"
#include "appup/translation.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace instar::appup {
namespace {

// A module and the first instruction that names it, in the order of naming.
class named_modules {
public:
  void add(std::string_view module, const written_instruction& by) {
    if (by_name_.emplace(module, &by).second)
      order_.push_back(module);
  }
  bool contains(std::string_view module) const {
    return by_name_.contains(module);
  }
  /// An error for each that `others` lacks.
  void check_in(const named_modules& others, errc tag, const char* missing,
                diagnostics& errors) const {
    for (const auto module : order_) {
      if (others.contains(module))
        continue;
      report(errors, tag, by_name_.at(module)->where,
             fmt::format("{} {}", module, missing));
    }
  }

private:
  std::unordered_map<std::string_view, const written_instruction*> by_name_;
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
      for (const auto& module : modules)
        to.add(module, by);
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
      for (const auto& one : suspends->modules)
        suspended.add(one.module, by);
    } else if (const auto* resumes = std::get_if<resume>(&what)) {
      all(resumed, resumes->modules);
    } else if (const auto* changes = std::get_if<code_change>(&what)) {
      for (const auto& one : changes->modules)
        changed.add(one.module, by);
    } else if (const auto* stops = std::get_if<stop>(&what)) {
      all(stopped, stops->modules);
    } else if (const auto* starts = std::get_if<start>(&what)) {
      all(started, starts->modules);
    }
  }
};

void warn_unknown(const translation& work, const written_instruction& by,
                  const char* instruction, const std::string& module,
                  bool in_target, bool in_source, diagnostics& warnings) {
  if (in_target && work.target->app_of_module(module) != nullptr)
    return;
  if (in_source && work.source->app_of_module(module) != nullptr)
    return;
  warn(warnings, errc::unknown_module, by.where,
       fmt::format("{}: the module {} is in no application of the {}",
                   instruction, module,
                   in_target && in_source ? "two releases"
                   : in_target ? fmt::format("release {} that it leads to",
                                             work.target->manifest.spec.vsn)
                               : fmt::format("release {} that it comes from",
                                             work.source->manifest.spec.vsn)));
}

// OTP leaves these unchecked, and so the script is made all the same.
void warn_unknown(const translation& work, const written_instruction& by,
                  diagnostics& warnings) {
  if (const auto* high = std::get_if<high_level>(&by.what)) {
    if (const auto* deletes = std::get_if<delete_module>(high)) {
      warn_unknown(work, by, "delete_module", deletes->module, false, true,
                   warnings);
    }
    return;
  }
  const auto& what = std::get<low_level>(by.what);
  const auto both = [&](const std::string& module) {
    warn_unknown(work, by, keyword(what), module, true, true, warnings);
  };
  const auto all = [&](const std::vector<std::string>& modules) {
    for (const auto& module : modules)
      both(module);
  };
  if (const auto* code = std::get_if<load_object_code>(&what)) {
    for (const auto& module : code->modules) {
      warn_unknown(work, by, "load_object_code", module, true, false, warnings);
    }
  } else if (const auto* loads = std::get_if<load>(&what)) {
    both(loads->module);
  } else if (const auto* removes = std::get_if<remove>(&what)) {
    both(removes->module);
  } else if (const auto* purges = std::get_if<purge>(&what)) {
    all(purges->modules);
  } else if (const auto* suspends = std::get_if<suspend>(&what)) {
    for (const auto& one : suspends->modules)
      both(one.module);
  } else if (const auto* changes = std::get_if<code_change>(&what)) {
    for (const auto& one : changes->modules)
      both(one.module);
  } else if (const auto* stops = std::get_if<stop>(&what)) {
    all(stops->modules);
  }
  // What is resumed or started is suspended or stopped: said once.
}

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
  for (const auto* part : {&work.before, &work.after}) {
    for (const auto* one : *part)
      warn_unknown(work, *one, warnings);
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
