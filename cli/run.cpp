#include "cli/run.hpp"

#include "cli/arguments.hpp"
#include "cli/program.hpp"
#include "cli/respawn.hpp"
#include "cli/verbs.hpp"
#include "release_handler/node.hpp"

#include <unistd.h>

#include <memory>
#include <vector>

namespace instar::cli {
namespace {

/// The line with which the node goes on in a new program. A respawner keeps its
/// own.
std::vector<std::string> line_of(const run_options& options,
                                 bool with_release) {
  std::vector<std::string> line{"run", options.root.string()};
  if (with_release && options.release) {
    line.emplace_back("--release");
    line.push_back(*options.release);
  }
  return line;
}

}  // namespace

int run_node(const run_options& options) {
  using release_handler::node;
  // It cannot fail to be there: it is what runs. If it does, there is no node.
  const auto start_over = [&options] {
    const auto why = execute(first_program(), line_of(options, false));
    report({}, why);
    ::_exit(static_cast<int>(exit_code::failed));
  };
  auto started =
      node::start({options.root, options.release, start_over,
                   [&options](const path& program) {
                     return go_on_as(program, line_of(options, true));
                   }});
  if (!started)
    return static_cast<int>(report({}, started.error()));
  const auto end = (*started)->run();
  if (end == node::end::application_terminated) {
    const auto why = (*started)->why_ended();
    started->reset();
    return static_cast<int>(report({}, why, exit_code::application_terminated));
  }
  started->reset();
  if (end == node::end::restart)
    start_over();
  return static_cast<int>(exit_code::done);
}

void add_run(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "run", "Runs a node in the foreground",
                        "instar run /srv/kv\n"
                        "instar run /srv/kv --respawn");
  struct arguments {
    std::string root;
    std::string release;
    bool respawns = false;
  };
  const auto given = std::make_shared<arguments>();
  verb.add_option("ROOT", given->root, "The node's folder")->required();
  verb.add_option("--release", given->release,
                  "Start this release instead of the permanent one");
  verb.add_flag("--respawn", given->respawns,
                "Start the permanent release again where the node crashes, for "
                "machines without a service manager");
  on(verb, with, [given] {
    run_options options{given->root, std::nullopt};
    if (!given->release.empty())
      options.release = given->release;
    if (!given->respawns)
      return static_cast<exit_code>(run_node(options));
    return static_cast<exit_code>(respawn([&](bool is_first) {
      if (!is_first)
        options.release.reset();
      return run_node(options);
    }));
  });
}

}  // namespace instar::cli
