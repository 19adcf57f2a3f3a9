// Applications found in library folders. Private to appup. One thread; reads on
// several where there is much to read.
#pragma once

#include "appup/manifest.hpp"
#include "base/file_system.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace instar::appup {

/// NAME.yaml in `folder` or, where only that is there, NAME.json.
path manifest_file(file_system& files, const path& folder,
                   const std::string& name);

struct library_app {
  /// Empty: it is in none of the library folders.
  path folder;
  manifest_answer<app_manifest> manifest;
};

/// What was read stays until the library goes: manifests are borrowed from it.
class library {
public:
  /// `files` must outlive this.
  library(file_system& files, std::vector<path> folders);

  struct name_vsn {
    std::string name;
    std::string vsn;
  };
  /// Reads what will be asked for.
  void prefetch(const std::vector<name_vsn>& apps,
                const std::vector<name_vsn>& appups);

  const library_app& app(const std::string& name, const std::string& vsn);
  /// The appup beside that application. A missing one is a file_problem.
  const manifest_answer<appup_spec>& appup(const std::string& name,
                                           const std::string& vsn);
  /// Null if it was never asked for.
  const manifest_answer<appup_spec>* find_appup(const std::string& name,
                                                const std::string& vsn) const;
  const std::vector<path>& folders() const { return folders_; }
  /// Versions of an application that are there, and all applications, for
  /// messages.
  std::vector<std::string> versions_of(const std::string& name) const;
  std::vector<std::string> names() const;

private:
  library_app read_app(const std::string& folder_name) const;
  manifest_answer<appup_spec> read_appup(const std::string& folder_name) const;

  file_system& files_;
  std::vector<path> folders_;
  // By NAME-VSN. An element never moves.
  std::unordered_map<std::string, library_app> apps_;
  std::unordered_map<std::string, manifest_answer<appup_spec>> appups_;
};

}  // namespace instar::appup
