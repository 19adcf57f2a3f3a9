#include "appup/appup_check.hpp"

#include "cli/arguments.hpp"
#include "cli/diagnostic_json.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace instar::cli {
namespace {

struct arguments {
  std::string file;
  std::string old;
  bool warnings_as_errors = false;
};

boost::json::object to_json(const appup::appup_check_answer& of) {
  boost::json::object made{{"ok", of.ok()}, {"application", of.application},
                           {"vsn", of.vsn}, {"old", nullptr},
                           {"up", of.up},   {"down", of.down}};
  if (!of.old_vsn.empty())
    made["old"] = of.old_vsn;
  if (!of.ok())
    made["error"] = json_of_diagnostic(of.errors.front());
  made["errors"] = json_of_diagnostics(of.errors);
  made["warnings"] = json_of_diagnostics(of.warnings);
  made["notes"] = boost::json::array(of.notes.begin(), of.notes.end());
  return made;
}

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

void show(const appup::appup_check_answer& of) {
  for (const auto& one : of.notes)
    note("note: " + printable(one));
  if (!of.warnings.empty())
    note(appup::to_text(of.warnings));
  if (!of.ok()) {
    note(appup::to_text(of.errors));
    return;
  }
  print(fmt::format("{} {}: {} up and {} down{} {} right{}\n", of.application,
                    of.vsn, counted(of.up, "way"), of.down,
                    of.old_vsn.empty() ? "" : " for version " + of.old_vsn,
                    of.up + of.down == 1 ? "is" : "are",
                    of.warnings.empty()
                        ? ""
                        : ", with " + counted(of.warnings.size(), "warning")));
}

exit_code check(const session& with, const arguments& given) {
  real_file_system files;
  appup::appup_check_request request;
  request.files = &files;
  request.appup = given.file;
  if (!given.old.empty())
    request.old_folder = given.old;
  request.warnings_as_errors = given.warnings_as_errors;
  const auto answer = appup::check_appup(request);
  if (with.json) {
    print_json(to_json(answer));
  } else {
    show(answer);
  }
  return answer.ok() ? exit_code::done : exit_code::failed;
}

}  // namespace

void add_appup(CLI::App& root, session& with) {
  auto& group = add_group(root, "appup", "How one application is upgraded");
  auto& verb =
      add_verb(group, "check",
               "Whether an appup fits its application, and what changed in it",
               "instar appup check lib/kv-1.1/appup.yaml --old lib/kv-1.0");
  const auto given = std::make_shared<arguments>();
  verb.add_option("FILE", given->file,
                  "The appup, beside its app.yaml, or the application's folder")
      ->required();
  verb.add_option("--old", given->old,
                  "The older version's folder, to compare with");
  verb.add_flag("--warnings-as-errors", given->warnings_as_errors,
                "Fail where there is a warning");
  on(verb, with, [&with, given] { return check(with, *given); });
  add_appup_generate(group, with);
}

}  // namespace instar::cli
