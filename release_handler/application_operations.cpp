// One application of a running node, straight from its appup: no release of the
// node changes.
#include "appup/application_script.hpp"
#include "appup/errc.hpp"
#include "appup/reader.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/release_operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {
namespace {

bool has_manifest(file_system& files, const path& folder, const char* name) {
  return files.kind(folder / (std::string(name) + ".yaml")) !=
             file_kind::missing ||
         files.kind(folder / (std::string(name) + ".json")) !=
             file_kind::missing;
}

/// What the running release has become by changes of single applications.
result<release_data> running_applications(runtime& node, file_system& files,
                                          const path& root,
                                          const std::string& vsn) {
  INSTAR_TRY_ASSIGN(auto made, read_release_data(files, root, vsn));
  for (const auto& one : node.applications().snapshot()) {
    const auto app = std::find_if(
        made.apps.begin(), made.apps.end(), [&](const auto& released) {
          return released.application == one.about.name;
        });
    if (app == made.apps.end() || app->vsn == one.about.vsn)
      continue;
    const path folder(one.about.folder);
    INSTAR_TRY_ASSIGN(*app, appup::read_app(files, folder / "app.yaml"));
    made.other_folders[app->application + "-" + app->vsn] = folder;
  }
  return made;
}

bool is_running(runtime& node, const std::string& application) {
  const auto all = node.applications().all();
  return std::any_of(all.begin(), all.end(), [&](const auto& one) {
    return one.name == application && one.is_served;
  });
}

/// The application of a folder named APP-VSN, whose manifest says the same.
result<appup::app_spec> read_folder(file_system& files, const path& folder) {
  const auto name = folder.filename().string();
  const auto id = to_lib_id(name);
  if (!id) {
    return failure(errc::unknown_version,
                   fmt::format("{} is not named as an application and its "
                               "version, as kv-1.1.0 is",
                               folder.string()));
  }
  if (!has_manifest(files, folder, "app")) {
    return failure(errc::no_app_found,
                   (folder / "app.yaml").string() + " is not there");
  }
  INSTAR_TRY_ASSIGN(auto app, appup::read_app(files, folder / "app.yaml"));
  if (app.application == id->name && app.vsn == id->vsn)
    return app;
  return failure(errc::unknown_version,
                 fmt::format("{}/app.yaml says {} \"{}\"", folder.string(),
                             app.application, app.vsn));
}

/// Without what a shell's completion adds: lib/kv-1.1.0/ is lib/kv-1.1.0.
path without_slash(const path& folder) {
  const auto normal = folder.lexically_normal();
  return normal.filename() == "." ? normal.parent_path() : normal;
}

/// OTP's reasons where the compiler has its own.
failure in_words_of_otp(const failure& why) {
  if (why.code == appup::make_error_code(appup::errc::no_relup))
    return {errc::version_not_in_appup, why.message()};
  return why;
}

}  // namespace

/// From the version that runs to that of the folder.
result<planned_hop> release_handler::plan_application(
    const application_change& what) {
  INSTAR_TRY_ASSIGN(auto app, read_folder(files_, what.folder));
  const auto name = app.application;
  if (!is_running(node_, name)) {
    return failure(errc::app_not_running,
                   fmt::format("application {} does not run", name));
  }
  planned_hop made;
  made.to = app.vsn;
  INSTAR_TRY_ASSIGN(
      made.target,
      running_applications(node_, files_, store_.root(), running().vsn));
  auto& target = made.target;
  auto now =
      std::find_if(target.apps.begin(), target.apps.end(),
                   [&](const auto& one) { return one.application == name; });
  if (now == target.apps.end()) {
    return failure(errc::app_not_running,
                   fmt::format("application {} is none of release {}", name,
                               target.spec.vsn));
  }
  made.from = now->vsn;
  if (made.from == made.to) {
    return failure(errc::already_installed,
                   fmt::format("{} {} runs already", name, made.to));
  }

  appup::application_script_request request;
  request.files = &files_;
  request.way = what.way;
  request.application = name;
  request.to = made.to;
  request.instructions = what.instructions;
  request.lib_folders.push_back(what.folder.parent_path());
  for (auto& one : target.spec.applications) {
    const auto& found = *target.find(one.name);
    request.lib_folders.push_back(
        target.lib_folder(store_.root(), one.name, found.vsn).parent_path());
    one.vsn = found.vsn;
    request.running.push_back(one);
  }
  const auto describing =
      what.way == appup::direction::up
          ? what.folder
          : target.lib_folder(store_.root(), name, made.from);
  if (!what.instructions && !has_manifest(files_, describing, "appup")) {
    return failure(errc::no_appup_found,
                   (describing / "appup.yaml").string() + " is not there");
  }
  const auto script = appup::make_application_script(request);
  if (!script)
    return in_words_of_otp(script.error());
  INSTAR_TRY_ASSIGN(made.todo, make_plan(*script));
  if (made.todo.restarts) {
    return failure(errc::illegal_instruction,
                   "the instructions restart the node, which one application "
                   "cannot ask for: install a release");
  }
  *now = std::move(app);
  target.other_folders[name + "-" + made.to] = what.folder;
  for (auto& one : target.spec.applications) {
    if (one.name == name)
      one.vsn = made.to;
  }
  return made;
}

result<> release_handler::run_application(const application_change& what,
                                          const install_options& options,
                                          const requester& by,
                                          const event_sink& emit,
                                          install_report& report) {
  INSTAR_TRY_ASSIGN(const auto hop, plan_application(what));
  report.from = hop.from;
  report.to = hop.to;
  transaction going(
      node_, store_.root(), hop.todo, hop.target, with_modified(options), emit,
      [this] { return is_cancelled_.load(); }, &journal_);
  INSTAR_TRY(going.check());
  INSTAR_TRY(begin_journal(what.operation, hop.from, hop.to, by,
                           {{"folder", what.folder.string()}}));
  report = going.run();
  report.from = hop.from;
  report.to = hop.to;
  if (!report.ok())
    return {};
  node_.code().set_code_path(node_.code().mode(),
                             hop.target.code_path(store_.root()));
  for (const auto& each : hop.todo.steps) {
    const auto* modules = std::get_if<batch>(&each);
    if (modules == nullptr)
      continue;
    for (const auto& one : modules->modules) {
      if (one.is_removed) {
        note_modified(one.module, "");
      } else if (!one.lib.empty()) {
        note_modified(
            one.module,
            hop.target.module_file(store_.root(), one.lib, one.vsn, one.module)
                .string());
      }
    }
  }
  return {};
}

install_report release_handler::change_application(
    const application_change& what, const install_options& options,
    const requester& by, const event_sink& emit) {
  install_report report;
  report.to = what.folder.filename().string();
  const operation ours(
      *this, fmt::format("{} to {}", what.operation, what.folder.string()), by,
      operation::on_probation::refused, true);
  if (!ours) {
    report.error = failure(errc::install_in_progress, why_busy());
    return report;
  }
  if (auto done = run_application(what, options, by, emit, report); !done)
    report.error = done.error();
  auto entry = to_json(report).as_object();
  entry["operation"] = what.operation;
  entry["folder"] = what.folder.string();
  entry["by"] = by.who;
  end_journal(std::move(entry));
  return report;
}

result<check_report> release_handler::check_app(
    const path& folder, appup::direction way,
    const std::optional<path>& instructions, const install_options& options,
    const event_sink& emit) {
  const operation ours(*this, "check of " + folder.string(), {"operator"});
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  INSTAR_TRY_ASSIGN(auto hop, plan_application({"check", without_slash(folder),
                                                way, instructions}));
  check_report report;
  report.from = hop.from;
  report.to = hop.to;
  planned_way planned;
  planned.hops.push_back(std::move(hop));
  INSTAR_TRY(check_way(std::move(planned), options, emit, report));
  return report;
}

install_report release_handler::upgrade_app(const path& folder,
                                            const install_options& options,
                                            const requester& by,
                                            const event_sink& emit) {
  return change_application({"app upgrade", without_slash(folder),
                             appup::direction::up, std::nullopt},
                            options, by, emit);
}

install_report release_handler::downgrade_app(const path& folder,
                                              const install_options& options,
                                              const requester& by,
                                              const event_sink& emit) {
  return change_application({"app downgrade", without_slash(folder),
                             appup::direction::down, std::nullopt},
                            options, by, emit);
}

install_report release_handler::eval_appup_script(
    const path& folder, const path& instructions,
    const install_options& options, const requester& by,
    const event_sink& emit) {
  return change_application(
      {"app eval", without_slash(folder), appup::direction::up, instructions},
      options, by, emit);
}

}  // namespace instar::release_handler
