#include "cli/arguments.hpp"
#include "cli/targets.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace instar::cli {

void add_release_commit(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "commit",
                        "Makes the current release the one a restart starts",
                        "instar release commit 1.1");
  const auto vsn = std::make_shared<std::string>();
  add_vsn(verb, *vsn);
  on(verb, with, [&with, vsn] {
    question what;
    what.request.method = "POST";
    what.request.target = release_target(*vsn, "commit");
    what.request.changes = true;
    what.show = [vsn](const boost::json::object& body) {
      auto text = *vsn + " is permanent\n";
      if (body.contains("removed"))
        text += "removed, by `keep` of instar.yaml: " + field(body, "removed") +
                '\n';
      return text;
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
