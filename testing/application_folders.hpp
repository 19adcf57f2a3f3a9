// A node's folder, made for a test: lib/ leads to the applications that it was
// given, releases/ has a release for each set of them.
#pragma once

#include "appup/app.hpp"
#include "appup/release.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/release_data.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace instar::testing {

/// One thread.
class application_folders {
public:
  /// `files` must outlive this.
  explicit application_folders(file_system& files);
  ~application_folders();
  application_folders(const application_folders&) = delete;
  application_folders& operator=(const application_folders&) = delete;

  const path& root() const { return root_; }

  /// Makes lib/APP-VSN lead to `folder`. Errors: the manifest's.
  result<appup::app_spec> add(const path& folder);
  /// Where APP-VSN comes from, as it was given.
  path given(const std::string& application, const std::string& vsn) const;

  /// Writes a release of these applications, and gives its version.
  result<std::string> write_release(
      const std::vector<appup::release_app>& applications,
      const boost::json::object& config);
  path release_file(const std::string& vsn) const;

  /// A text with the places as they were given.
  std::string shown(std::string text) const;
  failure shown(const failure& why) const {
    return {why.code, shown(why.context)};
  }

private:
  file_system& files_;
  path root_;
  /// By APP-VSN.
  std::map<std::string, path> given_;
  std::uint64_t last_release_ = 0;
};

}  // namespace instar::testing
