#include "appup/loaded_release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace instar::appup {
namespace {

void append(diagnostics& to, const diagnostics& more) {
  to.insert(to.end(), more.begin(), more.end());
}

text_position place(const std::vector<text_position>& all, std::size_t i) {
  return i < all.size() ? all[i] : text_position{};
}

void not_found(const library& from, const loaded_app& app,
               diagnostics& errors) {
  std::vector<std::string> folders;
  for (const auto& folder : from.folders())
    folders.push_back(folder.string());
  const auto versions = from.versions_of(app.name());
  report(errors, errc::error_reading, app.entry_at,
         fmt::format("there is no {}-{}/app.yaml in {}{}", app.name(),
                     app.vsn(), fmt::join(folders, ", "),
                     versions.empty()
                         ? ""
                         : fmt::format("; versions that are there: {}",
                                       fmt::join(versions, ", "))));
}

void check_identity(const loaded_app& app, diagnostics& errors) {
  const auto& manifest = *app.manifest;
  if (manifest.spec.application != app.name()) {
    report(errors, errc::error_reading, manifest.where,
           fmt::format("the application is {}, but the release and the folder "
                       "say {}",
                       manifest.spec.application, app.name()));
  }
  if (manifest.spec.vsn != app.vsn()) {
    report(
        errors, errc::error_reading, manifest.where.with(manifest.vsn_at),
        fmt::format("the version of {} is {}, but the release and the folder "
                    "say {}",
                    app.name(), manifest.spec.vsn, app.vsn()));
  }
  const auto& may_include = manifest.spec.included_applications;
  for (const auto& name : app.included()) {
    if (std::find(may_include.begin(), may_include.end(), name) !=
        may_include.end()) {
      continue;
    }
    report(
        errors, errc::error_reading, app.entry_at,
        fmt::format("{} cannot include {}: its app.yaml does not{}", app.name(),
                    name, did_you_mean(name, std::span(may_include))));
  }
}

void check_undefined(const loaded_release& release, diagnostics& errors) {
  std::vector<std::string_view> known;
  for (const auto& app : release.apps)
    known.push_back(app.name());
  const auto check = [&](const loaded_app& app, const std::string& name,
                         text_position at, const char* how) {
    if (release.by_name.contains(name))
      return;
    report(errors, errc::undefined_applications, app.manifest->where.with(at),
           fmt::format(
               "{} {} {}, which is not in release {}{}", app.name(), how, name,
               release.manifest.spec.vsn,
               did_you_mean(name, std::span<const std::string_view>(known))));
  };
  for (const auto& app : release.apps) {
    const auto& spec = app.manifest->spec;
    const std::unordered_set<std::string_view> optional(
        spec.optional_applications.begin(), spec.optional_applications.end());
    for (std::size_t i = 0; i < spec.applications.size(); ++i) {
      if (optional.contains(spec.applications[i]))
        continue;
      check(app, spec.applications[i], place(app.manifest->applications_at, i),
            "needs");
    }
    for (std::size_t i = 0; i < app.included().size(); ++i) {
      check(app, app.included()[i],
            app.entry->included ? app.manifest->where.at
                                : place(app.manifest->included_at, i),
            "includes");
    }
  }
}

// Reports what several applications, or one of them twice, have under one name.
class uniqueness {
public:
  uniqueness(errc tag, const char* what, diagnostics& errors)
      : tag_(tag), what_(what), errors_(errors) {}

  void check(const loaded_app& app, const std::vector<std::string>& names,
             const std::vector<text_position>& at) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto [first, is_new] = owners_.emplace(names[i], &app);
      if (is_new)
        continue;
      report(errors_, tag_, app.manifest->where.with(place(at, i)),
             fmt::format(
                 "the {} {} of {} is also {} {}", what_, names[i], app.name(),
                 tag_ == errc::duplicate_include ? "included by" : "one of",
                 first->second->name()));
    }
  }

private:
  errc tag_;
  const char* what_;
  diagnostics& errors_;
  std::unordered_map<std::string_view, const loaded_app*> owners_;
};

void check_unique(const loaded_release& release, diagnostics& errors) {
  uniqueness registered(errc::duplicate_register, "registered name", errors);
  uniqueness included(errc::duplicate_include, "included application", errors);
  uniqueness modules(errc::duplicate_modules, "module", errors);
  for (const auto& app : release.apps) {
    registered.check(app, app.manifest->spec.registered,
                     app.manifest->registered_at);
  }
  for (const auto& app : release.apps) {
    included.check(app, app.included(), app.manifest->included_at);
  }
  for (const auto& app : release.apps) {
    modules.check(app, app.modules(), app.manifest->modules_at);
  }
}

}  // namespace

const loaded_app* loaded_release::find_app(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &apps[found->second];
}

const loaded_app* loaded_release::app_of_module(std::string_view module) const {
  const auto found = by_module.find(module);
  return found == by_module.end() ? nullptr : &apps[found->second];
}

void load_applications(library& from, loaded_release& into,
                       diagnostics& errors) {
  const auto& entries = into.manifest.spec.applications;
  into.apps.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    loaded_app app;
    app.entry = &entries[i];
    app.entry_at = into.manifest.where.with(into.manifest.applications_at[i]);
    const auto& found = from.app(entries[i].name, entries[i].vsn);
    if (found.folder.empty()) {
      not_found(from, app, errors);
    } else if (!found.manifest.read) {
      append(errors, found.manifest.errors);
    } else {
      app.manifest = &*found.manifest.read;
      check_identity(app, errors);
    }
    into.apps.push_back(app);
  }
  if (!errors.empty())
    return;
  for (std::size_t i = 0; i < into.apps.size(); ++i) {
    into.by_name.emplace(into.apps[i].name(), i);
    for (const auto& module : into.apps[i].modules()) {
      into.by_module.emplace(module, i);
    }
  }
  check_undefined(into, errors);
  check_unique(into, errors);
  if (errors.empty())
    sort_applications(into, errors);
}

}  // namespace instar::appup
