// A release as the node needs it: its manifests read, its applications in the order
// of their start, with the environment that its config.yaml makes.
#pragma once

#include "appup/app.hpp"
#include "appup/release.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/application_controller.hpp"

#include <map>
#include <string>
#include <vector>

namespace instar::release_handler {

struct release_data {
  appup::release_spec spec;
  /// Each after those that it needs.
  std::vector<appup::app_spec> apps;

  const appup::app_spec* find(const std::string& application) const;
  appup::start_type start_type_of(const std::string& application) const;
  /// Empty: none includes it.
  std::string includer_of(const std::string& application) const;
  /// Those that it includes, and theirs.
  std::vector<std::string> included_by(const std::string& application) const;
  /// What the runtime is told about an application; env is config over app.yaml.
  application_info info_of(const appup::app_spec& app) const;
  std::vector<application_info> infos() const;
  /// The folders of all its modules, below a node's folder.
  std::vector<path> code_path(const path& root) const;

  /// Where an application of a version lies: in `other_folders`, else in lib/.
  path lib_folder(const path& root, const std::string& application,
                  const std::string& vsn) const;
  path module_file(const path& root, const std::string& application,
                   const std::string& vsn, const std::string& module) const;

  boost::json::object config;
  /// By NAME-VSN, of applications that lie elsewhere.
  std::map<std::string, path> other_folders;
  /// The node's folder; empty: the applications have none.
  path node_folder;
};

/// Reads releases/VSN/ and the app.yaml of each of its applications.
/// Errors: appup's, no_such_application, bad_release_file (a circle; two that
/// include one).
result<release_data> read_release_data(file_system& files, const path& root,
                                       const std::string& vsn);

/// The application's `shared_libraries`: those in its folder are mapped, others
/// are left to ld.so to find. Errors: as shared_libraries::use.
result<> use_libraries(runtime& node, const appup::app_spec& app,
                       const path& root);
result<> use_libraries_in(runtime& node, const appup::app_spec& app,
                          const path& folder);

/// lib/APP-VSN/modules/MODULE.so
path module_file_of(const path& root, const std::string& lib,
                    const std::string& vsn, const std::string& module);

}  // namespace instar::release_handler
