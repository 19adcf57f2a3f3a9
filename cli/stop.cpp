#include "cli/arguments.hpp"
#include "cli/verbs.hpp"

namespace instar::cli {

void add_stop(CLI::App& root, session& with) {
  auto& verb =
      add_verb(root, "stop", "Stops the node, as SIGTERM does", "instar stop");
  on(verb, with, [&with] {
    question what;
    what.request.method = "POST";
    what.request.target = "/v1/stop";
    what.request.changes = true;
    what.show = [](const boost::json::object&) {
      return std::string("the node is stopping\n");
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
