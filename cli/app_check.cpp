#include "cli/application_check.hpp"
#include "cli/arguments.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <memory>

namespace instar::cli {
namespace {

boost::json::object to_json(const application_verdict& of) {
  boost::json::array errors;
  for (const auto& one : of.errors)
    errors.push_back({{"tag", one.tag()}, {"message", one.message()}});
  boost::json::object made{{"ok", of.errors.empty()},
                           {"application", of.application},
                           {"vsn", of.vsn},
                           {"modules", of.modules}};
  if (!errors.empty())
    made["error"] = errors.front();
  made["errors"] = std::move(errors);
  made["warnings"] = boost::json::array(of.warnings.begin(), of.warnings.end());
  return made;
}

exit_code check(const session& with, const std::string& folder) {
  real_file_system files;
  const auto verdict = check_application(files, folder);
  if (with.json) {
    print_json(to_json(verdict));
  } else {
    for (const auto& one : verdict.warnings)
      note("warning: " + printable(one));
    for (const auto& one : verdict.errors) {
      // A manifest's errors have their place and tag in their text.
      note(printable(one.message(), true));
    }
    if (verdict.errors.empty()) {
      print(fmt::format("{} {}: manifests and {} module{} are right\n",
                        verdict.application, verdict.vsn, verdict.modules,
                        verdict.modules == 1 ? "" : "s"));
    }
  }
  return verdict.errors.empty() ? exit_code::done : exit_code::failed;
}

}  // namespace

void add_app(CLI::App& root, session& with) {
  auto& group = add_group(
      root, "app",
      "Applications: checked on the build machine, changed on a node");
  auto& verb = add_verb(group, "check",
                        "Whether an application's folder is complete and right",
                        "instar app check lib/kv-1.1");
  const auto folder = std::make_shared<std::string>();
  verb.add_option("DIR", *folder, "The application's folder")->required();
  on(verb, with, [&with, folder] { return check(with, *folder); });
  add_app_upgrade(group, with);
}

}  // namespace instar::cli
