#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace instar::cli {

void add_ps(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "ps", "The node's processes", "instar ps");
  on(verb, with, [&with] {
    question what;
    what.request.target = "/v1/processes";
    what.show = [](const boost::json::object& body) {
      return table({{"pid", "PID"},
                    {"name", "NAME"},
                    {"behaviour", "BEHAVIOUR"},
                    {"module", "MODULE"},
                    {"vsn", "VSN"},
                    {"status", "STATUS"},
                    {"mailbox", "MAILBOX"},
                    {"waiting_for", "WAITING FOR"}},
                   body, "processes");
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
