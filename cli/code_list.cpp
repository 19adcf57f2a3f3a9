#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace instar::cli {

void add_code_list(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "list",
                        "Loaded modules, current and old, and who uses them",
                        "instar code list");
  on(verb, with, [&with] {
    question what;
    what.request.target = "/v1/code";
    what.show = [](const boost::json::object& body) {
      return table({{"module", "MODULE"},
                    {"current", "CURRENT"},
                    {"processes", "PROCESSES"},
                    {"old", "OLD"},
                    {"old_processes", "OLD PROCESSES"},
                    {"file", "FILE"}},
                   body, "modules");
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
