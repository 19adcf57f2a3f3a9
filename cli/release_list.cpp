#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace instar::cli {

void add_release_list(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "list", "Releases of the node, with statuses",
                        "instar release list");
  on(verb, with, [&with] {
    question what;
    what.request.target = "/v1/releases";
    what.show = [](const boost::json::object& body) {
      return table({{"name", "NAME"},
                    {"vsn", "VSN"},
                    {"status", "STATUS"},
                    {"libs", "APPLICATIONS"}},
                   body, "releases");
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
