#include "appup/reader.hpp"
#include "appup/relup_maker.hpp"
#include "cli/arguments.hpp"
#include "cli/diagnostic_json.hpp"
#include "cli/verbs.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace instar::cli {
namespace {

struct arguments {
  std::string release;
  std::vector<std::string> from;
  std::vector<std::string> paths;
  std::string output;
  bool restart_emulator = false;
  bool warnings_as_errors = false;
  bool chain = false;
  bool explain = false;
};

/// A release's folder stands for its release.yaml.
path release_file(file_system& files, const std::string& given) {
  const path file(given);
  return files.kind(file) == file_kind::folder ? file / "release.yaml" : file;
}

boost::json::array to_json(
    const std::vector<appup::explanation::origin>& origins) {
  boost::json::array made;
  for (const auto& one : origins) {
    boost::json::object origin{{"written", one.written},
                               {"file", nullptr},
                               {"line", nullptr},
                               {"column", nullptr}};
    if (one.where.file) {
      origin["file"] = one.where.file->name;
      origin["line"] = one.where.at.line;
      origin["column"] = one.where.at.column;
    }
    made.push_back(std::move(origin));
  }
  return made;
}

boost::json::array to_json(const appup::explanations& all) {
  boost::json::array made;
  for (const auto& one : all) {
    made.push_back({{"why", appup::tag_of(one.why)},
                    {"why_text", appup::text_of(one.why)},
                    {"here", appup::tag_of(one.here)},
                    {"here_text", appup::text_of(one.here)},
                    {"origins", to_json(one.origins)},
                    {"block", to_json(one.block)}});
  }
  return made;
}

boost::json::array to_json(const std::vector<appup::relup_entry>& entries,
                           const std::vector<appup::explanations>* why,
                           const char* key) {
  boost::json::array made;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    boost::json::object one{{key, entry.vsn}};
    if (!entry.via.empty()) {
      one["via"] = boost::json::array(entry.via.begin(), entry.via.end());
    } else {
      one["script"] = appup::to_json(entry.script);
      if (why != nullptr)
        one["explained"] = to_json((*why)[i]);
    }
    made.push_back(std::move(one));
  }
  return made;
}

void print_failure(const session& with,
                   const appup::make_relup_answer& answer) {
  if (!with.json) {
    note(appup::to_text(answer.errors));
    return;
  }
  print_json(
      boost::json::object{{"ok", false},
                          {"error", json_of_diagnostic(answer.errors.front())},
                          {"errors", json_of_diagnostics(answer.errors)},
                          {"warnings", json_of_diagnostics(answer.warnings)}});
}

exit_code make(const session& with, const arguments& given) {
  real_file_system files;
  appup::make_relup_request request;
  request.files = &files;
  request.release = release_file(files, given.release);
  for (const auto& one : given.from)
    request.up_from.push_back(release_file(files, one));
  request.lib_folders.assign(given.paths.begin(), given.paths.end());
  request.restart_emulator = given.restart_emulator;
  request.warnings_as_errors = given.warnings_as_errors;
  request.chain = given.chain;
  request.explain = given.explain;
  const auto answer = appup::make_relup(request);
  if (!with.json && !answer.warnings.empty())
    note(appup::to_text(answer.warnings));
  if (!answer.ok()) {
    print_failure(with, answer);
    return exit_code::failed;
  }
  const auto& relup = *answer.relup;
  const auto* why = answer.explained ? &*answer.explained : nullptr;
  if (!given.output.empty()) {
    const auto written =
        replace_file(files, given.output, appup::write_relup(relup, why));
    if (!written)
      return report(with, written.error());
  }
  if (with.json) {
    print_json(boost::json::object{
        {"ok", true},
        {"vsn", relup.vsn},
        {"up", to_json(relup.up, why != nullptr ? &why->up : nullptr, "from")},
        {"down",
         to_json(relup.down, why != nullptr ? &why->down : nullptr, "to")},
        {"warnings", json_of_diagnostics(answer.warnings)}});
  } else if (given.output.empty()) {
    print(appup::write_relup(relup, why));
  }
  return exit_code::done;
}

void add_relup_make(CLI::App& parent, session& with) {
  auto& verb = add_verb(
      parent, "make", "Makes a relup from releases and their appups",
      "instar relup make --release releases/1.1/release.yaml \\\n"
      "    --from releases/1.0/release.yaml --path lib --output relup.yaml");
  const auto given = std::make_shared<arguments>();
  verb.add_option("--release", given->release, "The new release's release.yaml")
      ->required();
  verb.add_option("--from", given->from,
                  "A release to upgrade from and go back to; may be repeated")
      ->required()
      ->allow_extra_args(false);
  verb.add_option("--path", given->paths,
                  "A folder of APP-VSN folders; may be repeated")
      ->required()
      ->allow_extra_args(false);
  verb.add_option("--output", given->output,
                  "The file to write; without it, stdout");
  verb.add_flag("--restart-emulator", given->restart_emulator,
                "End every script with a restart of the node");
  verb.add_flag("--warnings-as-errors", given->warnings_as_errors,
                "Fail where there is a warning");
  verb.add_flag("--chain", given->chain,
                "Where no appup leads from a release, go through others of "
                "--from");
  verb.add_flag("--explain", given->explain,
                "Say of each instruction what wrote it and which rule put it "
                "there, as comments");
  on(verb, with, [&with, given] { return make(with, *given); });
}

}  // namespace

void add_relup(CLI::App& root, session& with) {
  add_relup_make(add_group(root, "relup", "Scripts between releases"), with);
}

}  // namespace instar::cli
