#include "cli/targets.hpp"
#include "cli/upgrade_options.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace instar::cli {

void add_release_install(CLI::App& parent, session& with) {
  auto& verb = add_verb(
      parent, "install",
      "Goes from the running release to another one, without a restart",
      "instar release install 1.1\n"
      "instar release install 1.1 --wait\n"
      "instar release install 1.1 --dry-run");
  struct arguments {
    std::string vsn;
    upgrade_options options;
  };
  const auto given = std::make_shared<arguments>();
  add_vsn(verb, given->vsn);
  add_upgrade_options(verb, given->options);
  verb.add_flag("--dry-run", given->options.dry_run, "As `release check`");
  verb.add_flag("--wait", given->options.wait,
                "Wait for the end of the release's probation");
  on(verb, with, [&with, given] {
    return ask_upgrade(with, release_target(given->vsn, "install"),
                       to_body(given->options));
  });
}

}  // namespace instar::cli
