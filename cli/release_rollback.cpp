#include "cli/upgrade_options.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace instar::cli {

void add_release_rollback(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "rollback", "Goes back to the release that ran before",
               "instar release rollback\n"
               "instar release rollback --to 1.0 --commit");
  struct arguments {
    std::string to;
    bool commit = false;
    upgrade_options options;
  };
  const auto given = std::make_shared<arguments>();
  verb.add_option("--to", given->to, "To this release instead");
  verb.add_flag("--commit", given->commit,
                "Also make it the one that a restart starts");
  add_upgrade_options(verb, given->options);
  on(verb, with, [&with, given] {
    auto body = to_body(given->options);
    if (!given->to.empty())
      body["to"] = given->to;
    if (given->commit)
      body["commit"] = true;
    return ask_upgrade(with, "/v1/rollback", std::move(body));
  });
}

}  // namespace instar::cli
