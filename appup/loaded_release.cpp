#include "appup/loaded_release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace instar::appup {
namespace {

// Stands for the manifest of an application that cannot be read.
const app_manifest nothing_read;

void append(diagnostics& to, const diagnostics& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// Where it is said that `app` includes its application `i`.
source_position included_at(const loaded_app& app, std::size_t i) {
  if (app.entry->included)
    return app.entry_at;
  return app.manifest->where.with(app.manifest->included_at[i]);
}

std::string near_library(const library& from, std::string_view name,
                         const diagnostics& so_far) {
  if (!is_worth_a_guess(so_far))
    return {};
  const auto names = from.names();
  return did_you_mean(name, std::span(names));
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
                         ? near_library(from, app.name(), errors)
                         : fmt::format("; versions that are there: {}",
                                       fmt::join(versions, ", "))));
}

void check_identity(const loaded_app& app, diagnostics& errors) {
  const auto& manifest = *app.manifest;
  if (!manifest.spec.application.empty() &&
      manifest.spec.application != app.name()) {
    report(errors, errc::error_reading,
           manifest.where.with(manifest.application_at),
           fmt::format("the application is {}, but the release and the folder "
                       "say {}",
                       manifest.spec.application, app.name()));
  }
  if (!manifest.spec.vsn.empty() && manifest.spec.vsn != app.vsn()) {
    report(
        errors, errc::error_reading, manifest.where.with(manifest.vsn_at),
        fmt::format("the version of {} is {}, but the release and the folder "
                    "say {}",
                    app.name(), manifest.spec.vsn, app.vsn()));
  }
}

void check_included(const loaded_app& app, diagnostics& errors) {
  const auto& may_include = app.manifest->spec.included_applications;
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
  if (!release.has_all_apps())
    return;
  const auto check = [&](const loaded_app& app, const std::string& name,
                         source_position at, const char* how) {
    if (release.by_name.contains(name))
      return;
    report(errors, errc::undefined_applications, std::move(at),
           fmt::format("{} {} {}, which is not in release {}{}", app.name(),
                       how, name, release.manifest.spec.vsn,
                       release.near_app(name, errors)));
  };
  for (const auto& app : release.apps) {
    if (!app.is_complete)
      continue;
    const auto& spec = app.manifest->spec;
    const std::unordered_set<std::string_view> optional(
        spec.optional_applications.begin(), spec.optional_applications.end());
    for (std::size_t i = 0; i < spec.applications.size(); ++i) {
      if (optional.contains(spec.applications[i]))
        continue;
      check(app, spec.applications[i],
            app.manifest->where.with(app.manifest->applications_at[i]),
            "needs");
    }
    for (std::size_t i = 0; i < app.included().size(); ++i)
      check(app, app.included()[i], included_at(app, i), "includes");
  }
}

// Reports what several applications, or one of them twice, have under one name.
class uniqueness {
public:
  uniqueness(errc tag, const char* what, diagnostics& errors)
      : tag_(tag), what_(what), errors_(errors) {}

  /// `at` gives the place of the name with an index.
  template <class Place>
  void check(const loaded_app& app, const std::vector<std::string>& names,
             Place at) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto [first, is_new] = owners_.emplace(names[i], &app);
      if (is_new)
        continue;
      report(errors_, tag_, at(i),
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
    const auto& manifest = *app.manifest;
    registered.check(app, manifest.spec.registered, [&](std::size_t i) {
      return manifest.where.with(manifest.registered_at[i]);
    });
  }
  for (const auto& app : release.apps) {
    included.check(app, app.included(),
                   [&](std::size_t i) { return included_at(app, i); });
  }
  for (const auto& app : release.apps) {
    const auto& manifest = *app.manifest;
    modules.check(app, app.modules(), [&](std::size_t i) {
      return manifest.where.with(manifest.modules_at[i]);
    });
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

bool loaded_release::has_all_modules() const {
  return has_all_apps() &&
         std::all_of(apps.begin(), apps.end(), [](const loaded_app& app) {
           return app.manifest->has_all_modules;
         });
}

std::string loaded_release::near_app(std::string_view name,
                                     const diagnostics& so_far) const {
  if (!is_worth_a_guess(so_far))
    return {};
  std::vector<std::string_view> known;
  for (const auto& app : apps)
    known.push_back(app.name());
  return did_you_mean(name, std::span<const std::string_view>(known));
}

std::string loaded_release::near_module(std::string_view name,
                                        const diagnostics& so_far) const {
  if (!is_worth_a_guess(so_far))
    return {};
  std::vector<std::string_view> known;
  for (const auto& app : apps)
    known.insert(known.end(), app.modules().begin(), app.modules().end());
  return did_you_mean(name, std::span<const std::string_view>(known));
}

void load_applications(library& from, loaded_release& into,
                       diagnostics& errors) {
  const auto& entries = into.manifest.spec.applications;
  into.apps.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    loaded_app app;
    app.entry = &entries[i];
    app.entry_at = into.manifest.where.with(into.manifest.applications_at[i]);
    app.manifest = &nothing_read;
    const auto& found = from.app(entries[i].name, entries[i].vsn);
    if (found.folder.empty()) {
      not_found(from, app, errors);
    } else if (found.manifest.read) {
      app.manifest = &*found.manifest.read;
    }
    app.is_complete = app.manifest != &nothing_read && found.manifest.ok();
    append(errors, found.manifest.errors);
    check_identity(app, errors);
    if (app.is_complete)
      check_included(app, errors);
    into.apps.push_back(app);
  }
  for (std::size_t i = 0; i < into.apps.size(); ++i) {
    into.by_name.emplace(into.apps[i].name(), i);
    for (const auto& module : into.apps[i].modules()) {
      into.by_module.emplace(module, i);
    }
  }
  check_undefined(into, errors);
  check_unique(into, errors);
  sort_applications(into, errors);
}

}  // namespace instar::appup
