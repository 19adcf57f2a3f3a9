// The `instar` command: understands the line, then runs its verb.
#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace instar::cli {
namespace {

void add_verbs(CLI::App& root, session& with) {
  add_run(root, with);
  add_status(root, with);
  add_tree(root, with);
  add_ps(root, with);
  add_observer(root, with);
  add_blockers(root, with);
  add_metrics(root, with);
  add_watch(root, with);

  auto& release =
      add_group(root, "release", "Releases: pack, unpack, install, go back");
  add_release_list(release, with);
  add_release_unpack(release, with);
  add_release_check(release, with);
  add_release_install(release, with);
  add_release_commit(release, with);
  add_release_rollback(release, with);
  add_release_cancel(release, with);
  add_release_remove(release, with);
  add_release_install_file(release, with);
  add_release_set_unpacked(release, with);
  add_release_set_removed(release, with);
  add_release_reboot(release, with);
  add_release_create_list(release, with);
  add_release_history(release, with);
  add_release_pack(release, with);
  add_release_verify(release, with);

  add_sys(root, with);
  add_call(root, with);
  add_cast(root, with);
  add_code(root, with);
  add_stop(root, with);
  add_relup(root, with);
  add_app(root, with);
  add_appup(root, with);
  add_module_info(add_group(root, "module", "Module files"), with);
  add_key(root, with);
  add_schema(root, with);
  add_version(root, with);
}

void add_shared_options(CLI::App& root, session& with) {
  root.add_option("--node", with.at.node,
                  "The node's control socket, or https://HOST:PORT")
      ->envname("INSTAR_NODE")
      ->capture_default_str();
  root.add_option("--token-file", with.at.token_file,
                  "The file with the token, over https; else the variable "
                  "INSTAR_TOKEN");
  root.add_option("--ca", with.at.authority,
                  "The certificates to trust over https, instead of the "
                  "system's")
      ->envname("INSTAR_CA");
  root.add_flag("--json", with.json, "Answer as JSON");
  root.add_flag("--events", with.events,
                "Events and the answer as JSON lines, as they happen");
  root.add_flag("-q,--quiet", with.quiet, "No progress on stderr");
}

/// Where a verb was expected and something else stood there: what, and the verb
/// that was meant.
std::string unknown_verb(const CLI::App& root, const CLI::App& group) {
  // What a verb does not know it leaves to its parents.
  const auto left = root.remaining(true);
  const auto found = std::find_if(
      left.begin(), left.end(),
      [](const std::string& one) { return !one.starts_with('-'); });
  if (found == left.end())
    return {};
  const auto verbs =
      group.get_subcommands([](const CLI::App*) { return true; });
  std::vector<std::string_view> names;
  for (const auto* one : verbs)
    names.emplace_back(one->get_name());
  const auto near = nearest(*found, names);
  return fmt::format("no verb \"{}\"{}", *found,
                     near.empty() ? "" : " (did you mean \"" + near + "\"?)");
}

exit_code wrong_usage(const CLI::App& root, const CLI::ParseError& error) {
  // The deepest verb on the line knows best what was meant.
  const CLI::App* verb = &root;
  while (!verb->get_subcommands().empty())
    verb = verb->get_subcommands().front();
  const auto unknown =
      verb->get_require_subcommand_min() > 0 ? unknown_verb(root, *verb) : "";
  note("instar: " +
       printable(unknown.empty() ? error.what() : unknown.c_str(), true));
  std::string names;
  for (auto* one = verb; one != nullptr; one = one->get_parent())
    names = one->get_name() + (names.empty() ? "" : " ") + names;
  note("See `" + names + " --help`.");
  return exit_code::wrong_usage;
}

exit_code run(int count, char** arguments) {
  session with;
  CLI::App root("Upgrades running C++ services without stopping them",
                "instar");
  root.require_subcommand(1);
  root.set_version_flag("--version", "instar " INSTAR_VERSION);
  add_shared_options(root, with);
  add_verbs(root, with);
  try {
    root.parse(count, arguments);
  } catch (const CLI::Success& help) {
    root.exit(help);
    return exit_code::done;
  } catch (const CLI::ParseError& error) {
    return wrong_usage(root, error);
  }
  return with.action();
}

}  // namespace
}  // namespace instar::cli

int main(int count, char** arguments) {
  using namespace instar;
  auto code = cli::exit_code::failed;
  try {
    code = cli::run(count, arguments);
  } catch (const std::exception& error) {
    cli::note(std::string("instar: ") + error.what());
  }
  // Output that is lost is no success.
  if (std::fflush(stdout) != 0 && code == cli::exit_code::done) {
    cli::note("instar: writing to stdout failed");
    code = cli::exit_code::failed;
  }
  return static_cast<int>(code);
}
