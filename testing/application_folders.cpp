#include "testing/application_folders.hpp"

#include "appup/reader.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

namespace instar::testing {
namespace {

namespace fs = boost::filesystem;

void replace_all(std::string& text, const std::string& what,
                 const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

application_folders::application_folders(file_system& files)
    : files_(files),
      root_(fs::temp_directory_path() /
            fs::unique_path("instar-testing-%%%%%%%%%%%%")) {
  fs::create_directories(root_ / "lib");
}

application_folders::~application_folders() {
  boost::system::error_code ignored;
  fs::remove_all(root_, ignored);
}

result<appup::app_spec> application_folders::add(const path& folder) {
  INSTAR_TRY_ASSIGN(auto app, appup::read_app(files_, folder / "app.yaml"));
  const auto name = app.application + "-" + app.vsn;
  const auto link = root_ / "lib" / name;
  boost::system::error_code error;
  fs::remove(link, error);
  if (!error)
    fs::create_directory_symlink(fs::absolute(folder), link, error);
  if (error) {
    return failure(error, fmt::format("link {} to {}: {}", link.string(),
                                      folder.string(), error.message()));
  }
  given_[name] = folder;
  return app;
}

path application_folders::given(const std::string& application,
                                const std::string& vsn) const {
  const auto found = given_.find(application + "-" + vsn);
  return found == given_.end() ? path() : found->second;
}

path application_folders::release_file(const std::string& vsn) const {
  return root_ / "releases" / vsn / "release.yaml";
}

result<std::string> application_folders::write_release(
    const std::vector<appup::release_app>& applications,
    const boost::json::object& config) {
  auto vsn = std::to_string(++last_release_);
  boost::json::array listed;
  for (const auto& app : applications) {
    listed.push_back(boost::json::object{{"name", app.name},
                                         {"vsn", app.vsn},
                                         {"type", appup::to_string(app.type)}});
  }
  const boost::json::object release{{"release", "testing"},
                                    {"vsn", vsn},
                                    {"applications", std::move(listed)}};
  const auto file = release_file(vsn);
  INSTAR_TRY(files_.make_folders(file.parent_path()));
  INSTAR_TRY(files_.write(file, boost::json::serialize(release)));
  if (!config.empty()) {
    INSTAR_TRY(files_.write(file.parent_path() / "config.yaml",
                            boost::json::serialize(config)));
  }
  return vsn;
}

std::string application_folders::shown(std::string text) const {
  for (const auto& [name, folder] : given_)
    replace_all(text, (root_ / "lib" / name).string(), folder.string());
  return text;
}

}  // namespace instar::testing
