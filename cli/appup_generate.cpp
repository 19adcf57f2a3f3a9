#include "appup/appup_proposal.hpp"
#include "cli/application_versions.hpp"
#include "cli/arguments.hpp"
#include "cli/errors.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace instar::cli {
namespace {

struct arguments {
  std::string older;
  std::string newer;
  std::string output;
  bool force = false;
};

boost::json::array to_json(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

boost::json::object to_json(const appup::proposed_way& of) {
  boost::json::array instructions;
  for (const auto& one : of.instructions) {
    instructions.push_back({{"instruction", appup::to_json(one)},
                            {"reasons", to_json(one.reasons)},
                            {"decisions", to_json(one.decisions)}});
  }
  return {{"instructions", std::move(instructions)},
          {"decisions", to_json(of.decisions)}};
}

boost::json::object to_json(const appup::appup_proposal& of) {
  return {{"ok", true},
          {"application", of.application},
          {"vsn", of.vsn},
          {"old", of.older_vsn},
          {"notes", to_json(of.notes)},
          {"up", to_json(of.up)},
          {"down", to_json(of.down)},
          {"decision_count", of.decision_count()}};
}

exit_code fail(const session& with, const std::vector<failure>& errors) {
  if (!with.json) {
    for (const auto& one : errors) {
      // A manifest's errors have their place and tag in their text.
      note(printable(one.message(), true));
    }
    return exit_code::failed;
  }
  boost::json::array all;
  for (const auto& one : errors)
    all.push_back({{"tag", one.tag()}, {"message", one.message()}});
  print_json(boost::json::object{
      {"ok", false}, {"error", all.front()}, {"errors", all}});
  return exit_code::failed;
}

result<> write(file_system& files, const arguments& given,
               const std::string& text) {
  if (!given.force && files.kind(given.output) != file_kind::missing) {
    return failure(errc::file_exists,
                   given.output +
                       ": it is there already; --force replaces it, with what "
                       "people have added to it");
  }
  return replace_file(files, given.output, text);
}

exit_code generate(const session& with, const arguments& given) {
  real_file_system files;
  const auto versions =
      read_application_versions(files, given.older, given.newer);
  if (!versions.read)
    return fail(with, versions.errors);
  const auto proposal = appup::propose_appup(*versions.read);
  const auto text = appup::write_appup(proposal);
  if (!given.output.empty()) {
    const auto written = write(files, given, text);
    if (!written)
      return report(with, written.error());
  }
  if (with.json) {
    print_json(to_json(proposal));
    return exit_code::done;
  }
  if (given.output.empty())
    print(text);
  if (const auto count = proposal.decision_count(); count > 0) {
    note(fmt::format(
        "note: {} marked DECIDE: {} what no file shows",
        count == 1 ? "one place is" : fmt::format("{} places are", count),
        count == 1 ? "it depends on" : "they depend on"));
  }
  return exit_code::done;
}

}  // namespace

void add_appup_generate(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "generate",
               "Proposes an appup from what differs between two versions",
               "instar appup generate lib/kv-1.0 lib/kv-1.1 \\\n"
               "    --output lib/kv-1.1/appup.yaml");
  const auto given = std::make_shared<arguments>();
  verb.add_option("OLD", given->older, "The older version's folder")
      ->required();
  verb.add_option("NEW", given->newer, "The newer version's folder")
      ->required();
  verb.add_option("--output", given->output,
                  "The file to write; without it, stdout");
  verb.add_flag("--force", given->force, "Replace a file that is there");
  on(verb, with, [&with, given] { return generate(with, *given); });
}

}  // namespace instar::cli
