#include "cli/arguments.hpp"
#include "cli/process_request.hpp"
#include "cli/verbs.hpp"

#include <memory>
#include <utility>

namespace instar::cli {

void add_cast(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "cast", "Sends a process a message",
                        "instar cast counter '{\"add\": {\"by\": 5}}'");
  struct arguments {
    std::string process;
    std::string message;
  };
  const auto given = std::make_shared<arguments>();
  add_process(verb, given->process);
  require_json(*verb.add_option("MESSAGE", given->message,
                                "The message: {\"name\": {...}}")
                    ->required());
  on(verb, with, [&with, given] {
    question what;
    what.request =
        process_request(given->process, "cast",
                        {{"message", json_of(given->message)}}, std::nullopt);
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
