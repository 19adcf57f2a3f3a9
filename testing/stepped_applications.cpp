#include "testing/stepped_applications.hpp"

#include "appup/relup_maker.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/plan.hpp"
#include "release_handler/transaction.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::testing {
namespace {

auto find_app(std::vector<appup::release_app>& in, const std::string& name) {
  return std::find_if(in.begin(), in.end(),
                      [&](const auto& app) { return app.name == name; });
}

}  // namespace

result<> stepped_applications::load_modules(const appup::app_spec& app) {
  INSTAR_TRY(release_handler::use_libraries(node_, app, folders_.root()));
  for (const auto& module : app.modules) {
    const auto file = release_handler::module_file_of(
        folders_.root(), app.application, app.vsn, module);
    INSTAR_TRY_ASSIGN(const auto* code, node_.code().load_file(file));
    if (code->name != module || code->vsn != app.vsn) {
      return failure(release_handler::errc::bad_module_file,
                     fmt::format("{} holds {} {}, not {} {}", file.string(),
                                 code->name, code->vsn, module, app.vsn));
    }
  }
  return {};
}

result<> stepped_applications::load(const path& folder, bool starts) {
  INSTAR_TRY_ASSIGN(const auto app, folders_.add(folder));
  auto next = loaded_;
  const auto known = find_app(next, app.application);
  const bool is_new = known == next.end();
  const auto type =
      starts ? appup::start_type::permanent : appup::start_type::load;
  if (is_new) {
    next.push_back({app.application, app.vsn, type, {}});
  } else if (known->vsn != app.vsn) {
    return failure(
        errc::already_loaded,
        fmt::format("application {} is loaded already, in version {}: upgrade "
                    "it to {}",
                    app.application, known->vsn, app.vsn));
  } else if (starts) {
    known->type = type;
  }
  INSTAR_TRY_ASSIGN(const auto vsn, folders_.write_release(next, config_));
  INSTAR_TRY_ASSIGN(
      const auto release,
      release_handler::read_release_data(node_.files(), folders_.root(), vsn));
  if (is_new) {
    INSTAR_TRY(load_modules(app));
    INSTAR_TRY(node_.applications().load(release.info_of(app)));
  }
  loaded_ = std::move(next);
  if (!starts)
    return {};
  return node_.applications().start(app.application,
                                    application_start_type::permanent);
}

void stepped_applications::set_env(const std::string& application,
                                   const std::string& key, value to) {
  auto& own = config_[application];
  if (!own.is_object())
    own = boost::json::object();
  own.get_object().insert_or_assign(key, to);
  // Not loaded yet: the release that it comes with has it.
  (void)node_.applications().set_env(application, key, std::move(to));
}

path stepped_applications::folder_of(const std::string& application) const {
  for (const auto& app : loaded_) {
    if (app.name == application)
      return folders_.given(app.name, app.vsn);
  }
  return {};
}

/// What is loaded, with these in place of their other versions.
result<std::vector<appup::release_app>> stepped_applications::with(
    const std::vector<path>& folders) {
  auto next = loaded_;
  for (const auto& folder : folders) {
    INSTAR_TRY_ASSIGN(const auto app, folders_.add(folder));
    const auto known = find_app(next, app.application);
    if (known == next.end()) {
      next.push_back(
          {app.application, app.vsn, appup::start_type::permanent, {}});
    } else if (known->vsn == app.vsn) {
      return failure(errc::already_loaded,
                     fmt::format("application {} is in version {} already",
                                 app.application, app.vsn));
    } else {
      known->vsn = app.vsn;
    }
  }
  return next;
}

result<upgrade_report> stepped_applications::change(
    const std::vector<path>& folders, direction way, bool allow_irreversible) {
  if (loaded_.empty()) {
    return failure(errc::not_loaded,
                   "no application is loaded that could be upgraded");
  }
  INSTAR_TRY_ASSIGN(auto next, with(folders));
  INSTAR_TRY_ASSIGN(const auto from, folders_.write_release(loaded_, config_));
  INSTAR_TRY_ASSIGN(const auto to, folders_.write_release(next, config_));
  INSTAR_TRY_ASSIGN(auto report, carry_out(from, to, way, allow_irreversible));
  loaded_ = std::move(next);
  return report;
}

result<upgrade_report> stepped_applications::carry_out(
    const std::string& from, const std::string& to, direction way,
    bool allow_irreversible) {
  const bool is_up = way == direction::up;
  appup::make_relup_request request;
  request.files = &node_.files();
  request.lib_folders = {folders_.root() / "lib"};
  request.release = folders_.release_file(is_up ? to : from);
  if (is_up) {
    request.up_from = {folders_.release_file(from)};
    request.down_to = std::vector<path>{};
  } else {
    request.down_to = std::vector<path>{folders_.release_file(to)};
  }
  const auto answer = appup::make_relup(request);
  if (!answer.ok())
    return answer.to_result().error();
  const auto& entry =
      is_up ? answer.relup->up.front() : answer.relup->down.front();
  INSTAR_TRY_ASSIGN(const auto todo, release_handler::make_plan(entry.script));
  INSTAR_TRY_ASSIGN(const auto target, release_handler::read_release_data(
                                           node_.files(), folders_.root(), to));
  release_handler::install_options options;
  options.allow_irreversible = allow_irreversible;
  release_handler::transaction going(node_, folders_.root(), todo, target,
                                     options, {}, {});
  INSTAR_TRY(going.check());
  const auto done = going.run();
  if (!done.ok())
    return *done.error;
  upgrade_report report;
  report.processes = done.processes;
  report.by_module = done.by_module;
  report.pause = done.pause;
  report.phases = done.phases;
  return report;
}

}  // namespace instar::testing
