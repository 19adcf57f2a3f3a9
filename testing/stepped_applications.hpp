// The applications of a stepped node: loaded, started, and taken to other
// versions by their appups.
#pragma once

#include "appup/release.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "module/change.hpp"
#include "runtime/runtime.hpp"
#include "runtime/upgrade.hpp"

#include "testing/application_folders.hpp"

#include <string>
#include <vector>

namespace instar::testing {

/// One thread.
class stepped_applications {
public:
  /// Both must outlive this.
  stepped_applications(runtime& node, application_folders& folders)
      : node_(node), folders_(folders) {}

  result<> load(const path& folder, bool starts);
  void set_env(const std::string& application, const std::string& key,
               value to);
  result<upgrade_report> change(const std::vector<path>& folders, direction way,
                                bool allow_irreversible);
  /// Where the version that runs comes from; empty: it is not loaded.
  path folder_of(const std::string& application) const;

private:
  result<std::vector<appup::release_app>> with(
      const std::vector<path>& folders);
  result<> load_modules(const appup::app_spec& app);
  result<upgrade_report> carry_out(const std::string& from,
                                   const std::string& to, direction way,
                                   bool allow_irreversible);

  runtime& node_;
  application_folders& folders_;
  std::vector<appup::release_app> loaded_;
  boost::json::object config_;
};

}  // namespace instar::testing
