#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

#include <memory>
#include <string>

namespace instar::cli {

void add_release_list(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "list", "Releases of the node, with statuses",
                        "instar release list\n"
                        "instar release list --status old");
  const auto status = std::make_shared<std::string>();
  verb.add_option("--status", *status, "Only those with this status")
      ->check(CLI::IsMember({"unpacked", "current", "permanent", "old"}));
  on(verb, with, [&with, status] {
    question what;
    what.request.target = "/v1/releases";
    if (!status->empty())
      what.request.target += "?status=" + *status;
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
