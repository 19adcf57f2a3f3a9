// A release with its applications read and checked against each other. Private
// to appup. As OTP systools_make:get_release. One thread.
#pragma once

#include "appup/library.hpp"
#include "appup/manifest.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace instar::appup {

struct loaded_app {
  /// Both borrowed from the release and the library. An application whose
  /// manifest could not be read has an empty one.
  const release_app* entry = nullptr;
  const app_manifest* manifest = nullptr;
  source_position entry_at;
  /// False where an error may hide a part of the manifest.
  bool is_complete = true;

  const std::string& name() const { return entry->name; }
  const std::string& vsn() const { return entry->vsn; }
  const std::vector<std::string>& modules() const {
    return manifest->spec.modules;
  }
  const std::vector<std::string>& included() const {
    return entry->included ? *entry->included
                           : manifest->spec.included_applications;
  }
};

/// Views and pointers in it point into itself and the library: it stays put.
struct loaded_release {
  release_manifest manifest;
  /// In the order of release.yaml.
  std::vector<loaded_app> apps;
  /// Indices of `apps`: each after those that it uses or includes.
  std::vector<std::size_t> dependency_order;
  std::unordered_map<std::string_view, std::size_t> by_name;
  std::unordered_map<std::string_view, std::size_t> by_module;

  /// Null if it is not there.
  const loaded_app* find_app(std::string_view name) const;
  const loaded_app* app_of_module(std::string_view module) const;
  /// Whether none is hidden by an error: else what is missing may be there.
  bool has_all_apps() const { return manifest.has_all_applications; }
  bool has_all_modules() const;
  /// ` (did you mean "x"?)` for an application or module with a near name, while
  /// that is worth its time.
  std::string near_app(std::string_view name, const diagnostics& so_far) const;
  std::string near_module(std::string_view name,
                          const diagnostics& so_far) const;
};

/// Fills `into`, whose manifest is read, with all that can be read: with errors
/// it serves to find more errors, but makes no relup.
void load_applications(library& from, loaded_release& into,
                       diagnostics& errors);

/// Sets `dependency_order`; circular_dependencies. By itself for tests.
void sort_applications(loaded_release& release, diagnostics& errors);

}  // namespace instar::appup
