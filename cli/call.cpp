#include "cli/arguments.hpp"
#include "cli/process_request.hpp"
#include "cli/verbs.hpp"

#include <memory>
#include <utility>

namespace instar::cli {

void add_call(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "call", "Calls a process and shows its reply",
                        "instar call counter '{\"get\": {}}'");
  struct arguments {
    std::string process;
    std::string message;
    std::optional<std::int64_t> timeout_ms;
  };
  const auto given = std::make_shared<arguments>();
  add_process(verb, given->process);
  require_json(*verb.add_option("MESSAGE", given->message,
                                "The message: {\"name\": {...}}")
                    ->required());
  add_duration(verb, "--timeout", given->timeout_ms,
               "How long to wait for the process (5s)");
  on(verb, with, [&with, given] {
    question what;
    what.request = process_request(given->process, "call",
                                   {{"message", json_of(given->message)}},
                                   given->timeout_ms);
    what.show = show_value;
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
