#include "cli/application_check.hpp"

#include "appup/reader.hpp"
#include "cli/errors.hpp"
#include "module/elf_file.hpp"
#include "module/module_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::cli {
namespace {

class checker {
public:
  checker(file_system& files, const path& folder)
      : files_(files), folder_(folder) {}

  application_verdict check() {
    const auto app = appup::read_app(files_, folder_ / "app.yaml");
    if (!app) {
      verdict_.errors.push_back(app.error());
      return std::move(verdict_);
    }
    verdict_.application = app->application;
    verdict_.vsn = app->vsn;
    check_name(*app);
    check_appup(*app);
    check_modules(*app);
    return std::move(verdict_);
  }

private:
  template <class... Parts>
  void error(errc code, fmt::format_string<Parts...> text, Parts&&... parts) {
    verdict_.errors.push_back(
        {code, fmt::format(text, std::forward<Parts>(parts)...)});
  }

  void check_name(const appup::app_spec& app) {
    auto name = folder_.filename().string();
    if (name.empty() || name == ".")
      name = folder_.parent_path().filename().string();
    const auto expected = app.application + '-' + app.vsn;
    if (!name.empty() && name != "." && name != expected) {
      verdict_.warnings.push_back(fmt::format(
          "{}: a node expects the folder {}", folder_.string(), expected));
    }
  }

  void check_appup(const appup::app_spec& app) {
    const auto file = folder_ / "appup.yaml";
    if (files_.kind(file) == file_kind::missing)
      return;
    const auto appup = appup::read_appup(files_, file);
    if (!appup) {
      verdict_.errors.push_back(appup.error());
    } else if (appup->vsn != app.vsn) {
      error(errc::bad_application, "{}: it is for version {}, app.yaml says {}",
            file.string(), appup->vsn, app.vsn);
    }
  }

  void check_modules(const appup::app_spec& app) {
    const auto folder = folder_ / "modules";
    if (files_.kind(folder) == file_kind::missing) {
      verdict_.warnings.push_back(
          fmt::format("{}: is not there, so only the manifests were checked",
                      folder.string()));
      return;
    }
    for (const auto& module : app.modules)
      check_module(app, module, folder / (module + ".so"));
    const auto names = files_.list(folder);
    if (!names) {
      verdict_.errors.push_back(names.error());
      return;
    }
    for (const auto& name : *names) {
      const auto known = std::any_of(
          app.modules.begin(), app.modules.end(),
          [&](const auto& module) { return module + ".so" == name; });
      if (!known) {
        verdict_.warnings.push_back(fmt::format("{}: app.yaml does not list it",
                                                (folder / name).string()));
      }
    }
  }

  void check_module(const appup::app_spec& app, const std::string& name,
                    const path& file) {
    if (files_.kind(file) != file_kind::regular) {
      error(errc::no_such_file, "{}: app.yaml lists it, but it is not there",
            file.string());
      return;
    }
    ++verdict_.modules;
    const auto module = module_file::read_elf(files_, file);
    if (!module) {
      verdict_.errors.push_back(module.error());
      return;
    }
    module_file::check_policy policy;
    for (const auto& library : app.shared_libraries)
      policy.allowed_libraries.push_back(path(library).filename().string());
    const auto found = module_file::check_module(*module, policy);
    for (const auto& warning : found.warnings)
      verdict_.warnings.push_back(file.string() + ": " + warning);
    if (const auto fine = module_file::refuse(found, file); !fine)
      verdict_.errors.push_back(fine.error());
    if (!module->note)
      return;
    if (module->note->name != name || module->note->vsn != app.vsn) {
      error(errc::bad_application, "{}: it holds {} {}, not {} {}",
            file.string(), module->note->name, module->note->vsn, name,
            app.vsn);
    }
  }

  file_system& files_;
  const path& folder_;
  application_verdict verdict_;
};

}  // namespace

application_verdict check_application(file_system& files, const path& folder) {
  return checker(files, folder).check();
}

}  // namespace instar::cli
