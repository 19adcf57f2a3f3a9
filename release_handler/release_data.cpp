#include "release_handler/release_data.hpp"

#include "appup/reader.hpp"
#include "release_handler/errors.hpp"
#include "runtime/code_server.hpp"
#include "runtime/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace instar::release_handler {
namespace {

/// Depth first, what is needed before who needs it, in the order of the release.
class start_order {
public:
  explicit start_order(const std::vector<appup::app_spec>& apps)
      : apps_(apps) {}

  result<std::vector<appup::app_spec>> sort() {
    for (const auto& app : apps_) {
      for (const auto& name : app.included_applications) {
        const auto [other, is_new] = includers_.emplace(name, app.application);
        if (!is_new) {
          return failure(errc::bad_release_file,
                         fmt::format("application {} is included by {} and by "
                                     "{}",
                                     name, other->second, app.application));
        }
      }
    }
    for (const auto& app : apps_)
      INSTAR_TRY(visit(app.application, {}));
    return std::move(sorted_);
  }

private:
  /// Who starts it: itself, or the one that includes the one that ... includes it.
  std::string root_of(std::string name) const {
    // By number, lest two that include each other go round.
    for (std::size_t i = 0; i < includers_.size(); ++i) {
      const auto found = includers_.find(name);
      if (found == includers_.end())
        break;
      name = found->second;
    }
    return name;
  }

  result<> visit(const std::string& name, const std::string& by) {
    if (done_.contains(name))
      return {};
    const auto found =
        std::find_if(apps_.begin(), apps_.end(),
                     [&](const auto& app) { return app.application == name; });
    if (found == apps_.end()) {
      return failure(errc::no_such_application,
                     fmt::format("application {} needs {}, which the release "
                                 "does not have",
                                 by, name));
    }
    const auto& app = *found;
    if (!open_.insert(name).second) {
      return failure(
          errc::bad_release_file,
          fmt::format("application {} needs itself, through others", name));
    }
    for (const auto& needed : app.applications) {
      const auto& optional = app.optional_applications;
      const bool may_be_absent =
          std::find(optional.begin(), optional.end(), needed) != optional.end();
      const bool is_absent = std::none_of(
          apps_.begin(), apps_.end(),
          [&](const auto& other) { return other.application == needed; });
      // What is included runs as a part of its root, and so do they together.
      const auto root = root_of(needed);
      if ((is_absent && may_be_absent) || root == root_of(name))
        continue;
      INSTAR_TRY(visit(root, name));
    }
    for (const auto& included : app.included_applications)
      INSTAR_TRY(visit(included, name));
    open_.erase(name);
    done_.insert(name);
    sorted_.push_back(app);
    return {};
  }

  const std::vector<appup::app_spec>& apps_;
  std::vector<appup::app_spec> sorted_;
  std::set<std::string> open_, done_;
  std::map<std::string, std::string> includers_;
};

}  // namespace

const appup::app_spec* release_data::find(
    const std::string& application) const {
  const auto found = std::find_if(
      apps.begin(), apps.end(),
      [&](const auto& app) { return app.application == application; });
  return found == apps.end() ? nullptr : &*found;
}

std::string release_data::includer_of(const std::string& application) const {
  for (const auto& app : apps) {
    const auto& all = app.included_applications;
    if (std::find(all.begin(), all.end(), application) != all.end())
      return app.application;
  }
  return {};
}

std::vector<std::string> release_data::included_by(
    const std::string& application) const {
  std::vector<std::string> all{application};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto* app = find(all[i]);
    if (app == nullptr)
      continue;
    for (const auto& name : app->included_applications) {
      if (std::find(all.begin(), all.end(), name) == all.end())
        all.push_back(name);
    }
  }
  all.erase(all.begin());
  return all;
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
  made.included = app.included_applications;
  for (const auto& phase : app.start_phases)
    made.start_phases.push_back({phase.name, phase.args});
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
