// `instar app upgrade | downgrade | eval`: one application of a running node.
#include "cli/arguments.hpp"
#include "cli/plan_report.hpp"
#include "cli/upgrade_options.hpp"
#include "cli/upgrade_report.hpp"
#include "cli/verbs.hpp"

#include <boost/filesystem/operations.hpp>

#include <memory>
#include <string>
#include <utility>

namespace instar::cli {
namespace {

struct arguments {
  std::string folder;
  std::string instructions;
  upgrade_options options;
};

// The node has another working folder than we have.
std::string absolute(const std::string& file) {
  return boost::filesystem::absolute(file).string();
}

exit_code change(const session& with, const char* verb,
                 const arguments& given) {
  auto body = to_body(given.options);
  body["path"] = absolute(given.folder);
  if (!given.instructions.empty())
    body["instructions"] = absolute(given.instructions);
  question what;
  what.request = {"POST",
                  std::string("/v1/applications/") + verb,
                  std::move(body),
                  true,
                  true,
                  std::nullopt};
  what.kind = request_kind::upgrade;
  what.show = [](const boost::json::object& answer) {
    return answer.contains("outcome") ? upgrade_report(answer)
                                      : plan_report(answer);
  };
  return ask(with, std::move(what));
}

std::shared_ptr<arguments> add_change(CLI::App& group, session& with,
                                      const char* name, const char* description,
                                      const char* example) {
  auto& verb = add_verb(group, name, description, example);
  const auto given = std::make_shared<arguments>();
  verb.add_option("DIR", given->folder,
                  "The application's folder, APP-VSN, on the node's machine")
      ->required();
  if (std::string_view(name) == "eval") {
    verb.add_option("FILE", given->instructions, "A list of instructions")
        ->required();
  }
  add_upgrade_options(verb, given->options);
  verb.add_flag("--dry-run", given->options.dry_run,
                "Say what would happen, as `release check`");
  on(verb, with, [&with, name, given] { return change(with, name, *given); });
  return given;
}

}  // namespace

void add_app_upgrade(CLI::App& group, session& with) {
  add_change(group, with, "upgrade",
             "Takes an application of a running node to the version in DIR, by "
             "the appup there; no release changes",
             "instar app upgrade build/lib/kv-1.1.0\n"
             "instar app upgrade build/lib/kv-1.1.0 --dry-run");
  add_change(group, with, "downgrade",
             "Takes an application of a running node back to the version in "
             "DIR, by the appup of the one that runs",
             "instar app downgrade /srv/kv/lib/kv-1.0.0");
  add_change(group, with, "eval",
             "As upgrade, by the instructions of a file instead of the appup's",
             "instar app eval build/lib/kv-1.1.0 script.yaml");
}

}  // namespace instar::cli
