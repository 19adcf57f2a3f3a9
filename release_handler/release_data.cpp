#include "release_handler/release_data.hpp"

#include "appup/reader.hpp"
#include "release_handler/errors.hpp"
#include "runtime/code_server.hpp"
#include "runtime/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace instar::release_handler {
namespace {

/// Depth first, what is needed before who needs it, in the order of the release.
class start_order {
public:
  explicit start_order(const std::vector<appup::app_spec>& apps)
      : apps_(apps) {}

  result<std::vector<appup::app_spec>> sort() {
    for (const auto& app : apps_)
      INSTAR_TRY(visit(app));
    return std::move(sorted_);
  }

private:
  result<> visit(const appup::app_spec& app) {
    if (done_.contains(app.application))
      return {};
    if (!open_.insert(app.application).second) {
      return failure(errc::bad_release_file,
                     fmt::format("application {} needs itself, through others",
                                 app.application));
    }
    for (const auto* list : {&app.applications, &app.included_applications}) {
      for (const auto& needed : *list) {
        const auto found = std::find_if(
            apps_.begin(), apps_.end(),
            [&](const auto& other) { return other.application == needed; });
        if (found != apps_.end()) {
          INSTAR_TRY(visit(*found));
        } else if (std::find(app.optional_applications.begin(),
                             app.optional_applications.end(),
                             needed) == app.optional_applications.end()) {
          return failure(errc::no_such_application,
                         fmt::format("application {} needs {}, which the "
                                     "release does not have",
                                     app.application, needed));
        }
      }
    }
    open_.erase(app.application);
    done_.insert(app.application);
    sorted_.push_back(app);
    return {};
  }

  const std::vector<appup::app_spec>& apps_;
  std::vector<appup::app_spec> sorted_;
  std::set<std::string> open_, done_;
};

}  // namespace

const appup::app_spec* release_data::find(
    const std::string& application) const {
  const auto found = std::find_if(
      apps.begin(), apps.end(),
      [&](const auto& app) { return app.application == application; });
  return found == apps.end() ? nullptr : &*found;
}

appup::start_type release_data::start_type_of(
    const std::string& application) const {
  for (const auto& app : spec.applications) {
    if (app.name == application)
      return app.type;
  }
  return appup::start_type::none;
}

application_info release_data::info_of(const appup::app_spec& app) const {
  application_info made;
  made.name = app.application;
  made.vsn = app.vsn;
  made.description = app.description;
  made.modules = app.modules;
  for (const auto& needed : app.applications) {
    if (find(needed) != nullptr)
      made.applications.push_back(needed);
  }
  if (app.mod) {
    made.start_module = app.mod->module;
    made.start_args = app.mod->args;
  }
  made.env = app.env;
  if (!node_folder.empty())
    made.folder = lib_folder(node_folder, app.application, app.vsn).string();
  if (const auto* own = config.if_contains(app.application)) {
    if (const auto* keys = own->if_object()) {
      for (const auto& [key, item] : *keys) {
        made.env.insert_or_assign(key, item);
      }
    }
  }
  return made;
}

std::vector<path> release_data::code_path(const path& root) const {
  std::vector<path> folders;
  for (const auto& app : apps) {
    folders.push_back(
        module_file(root, app.application, app.vsn, "").parent_path());
  }
  return folders;
}

std::vector<application_info> release_data::infos() const {
  std::vector<application_info> made;
  for (const auto& app : apps)
    made.push_back(info_of(app));
  return made;
}

result<release_data> read_release_data(file_system& files, const path& root,
                                       const std::string& vsn) {
  release_data made;
  made.node_folder = root;
  const auto folder = root / "releases" / vsn;
  INSTAR_TRY_ASSIGN(made.spec,
                    appup::read_release(files, folder / "release.yaml"));
  std::vector<appup::app_spec> apps;
  for (const auto& entry : made.spec.applications) {
    INSTAR_TRY_ASSIGN(
        auto app,
        appup::read_app(
            files, root / "lib" / (entry.name + "-" + entry.vsn) / "app.yaml"));
    if (entry.included)
      app.included_applications = *entry.included;
    apps.push_back(std::move(app));
  }
  INSTAR_TRY_ASSIGN(made.apps, start_order(apps).sort());
  const auto config = folder / "config.yaml";
  if (files.kind(config) != file_kind::missing) {
    INSTAR_TRY_ASSIGN(made.config, appup::read_config(files, config));
  }
  return made;
}

result<> use_libraries(runtime& node, const appup::app_spec& app,
                       const path& root) {
  return use_libraries_in(node, app,
                          root / "lib" / (app.application + "-" + app.vsn));
}

result<> use_libraries_in(runtime& node, const appup::app_spec& app,
                          const path& folder) {
  auto& libraries = node.code().libraries();
  for (const auto& name : app.shared_libraries) {
    const auto file = folder / name;
    if (node.files().kind(file) == file_kind::missing) {
      libraries.allow(path(name).filename().string());
    } else {
      INSTAR_TRY(libraries.use(node.files(), file));
    }
  }
  return {};
}

path release_data::lib_folder(const path& root, const std::string& application,
                              const std::string& vsn) const {
  const auto name = application + "-" + vsn;
  const auto elsewhere = other_folders.find(name);
  return elsewhere != other_folders.end() ? elsewhere->second
                                          : root / "lib" / name;
}

path release_data::module_file(const path& root, const std::string& application,
                               const std::string& vsn,
                               const std::string& module) const {
  return lib_folder(root, application, vsn) / "modules" / (module + ".so");
}

path module_file_of(const path& root, const std::string& lib,
                    const std::string& vsn, const std::string& module) {
  return root / "lib" / (lib + "-" + vsn) / "modules" / (module + ".so");
}

}  // namespace instar::release_handler
