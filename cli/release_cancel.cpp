#include "cli/arguments.hpp"
#include "cli/verbs.hpp"

namespace instar::cli {

void add_release_cancel(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "cancel", "Gives the installation up that is under way",
               "instar release cancel");
  on(verb, with, [&with] {
    question what;
    what.request.method = "POST";
    what.request.target = "/v1/cancel";
    what.request.changes = true;
    what.show = [](const boost::json::object& body) {
      const auto* cancelled = body.if_contains("cancelled");
      const bool none = cancelled != nullptr && *cancelled == false;
      return std::string(none ? "nothing is under way\n"
                              : "it is being cancelled\n");
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
