#include "cli/run.hpp"

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "release_handler/node.hpp"

#include <memory>

namespace instar::cli {

int run_node(const run_options& options) {
  auto node = release_handler::node::start({options.root, options.release});
  if (!node)
    return static_cast<int>(report({}, node.error()));
  (*node)->run();
  return static_cast<int>(exit_code::done);
}

void add_run(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "run", "Runs a node in the foreground",
                        "instar run /srv/kv");
  struct arguments {
    std::string root;
    std::string release;
  };
  const auto given = std::make_shared<arguments>();
  verb.add_option("ROOT", given->root, "The node's folder")->required();
  verb.add_option("--release", given->release,
                  "Start this release instead of the permanent one");
  on(verb, with, [given] {
    run_options options{given->root, std::nullopt};
    if (!given->release.empty())
      options.release = given->release;
    return static_cast<exit_code>(run_node(options));
  });
}

}  // namespace instar::cli
