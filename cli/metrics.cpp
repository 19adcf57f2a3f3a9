#include "cli/arguments.hpp"
#include "cli/verbs.hpp"

namespace instar::cli {

void add_metrics(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "metrics",
                        "The node's numbers, in Prometheus's text format",
                        "instar metrics | grep instar_installs_total");
  on(verb, with, [&with] {
    node_request request;
    request.target = "/metrics";
    const auto answer = ask_node(with.at, request, [](const auto&) {});
    if (!answer) {
      return report(with, answer.error(),
                    exit_of_error(answer.error().code, false));
    }
    if (answer->text.empty()) {
      question what;
      what.request = request;
      return ask(with, std::move(what));  // an error, told as all are
    }
    print(answer->text);
    return exit_code::done;
  });
}

}  // namespace instar::cli
