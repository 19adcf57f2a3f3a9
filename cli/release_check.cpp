#include "cli/targets.hpp"
#include "cli/upgrade_options.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace instar::cli {

void add_release_check(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "check",
               "Whether a release can be installed, and what would happen",
               "instar release check 1.1");
  struct arguments {
    std::string vsn;
    upgrade_options options;
    bool purge = false;
  };
  const auto given = std::make_shared<arguments>();
  add_vsn(verb, given->vsn);
  add_upgrade_options(verb, given->options);
  verb.add_flag("--purge", given->purge,
                "First drop old code of its modules that nobody uses");
  on(verb, with, [&with, given] {
    auto body = to_body(given->options);
    if (given->purge)
      body["purge"] = true;
    return ask_upgrade(with, release_target(given->vsn, "check"),
                       std::move(body));
  });
}

}  // namespace instar::cli
