#include "cli/arguments.hpp"
#include "cli/targets.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace instar::cli {

void add_release_remove(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "remove", "Deletes a release, and what only it has",
               "instar release remove 1.0");
  const auto vsn = std::make_shared<std::string>();
  add_vsn(verb, *vsn);
  on(verb, with, [&with, vsn] {
    question what;
    what.request.method = "POST";
    what.request.target = release_target(*vsn, "remove");
    what.request.changes = true;
    what.show = [vsn](const boost::json::object&) {
      return *vsn + " is removed\n";
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
