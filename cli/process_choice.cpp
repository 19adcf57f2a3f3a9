#include "cli/process_choice.hpp"

#include "cli/arguments.hpp"
#include "release_handler/control_request.hpp"

#include <vector>

namespace instar::cli {

void add_process_choice(CLI::App& verb, process_choice& into) {
  verb.add_option("--sort", into.sort,
                  "By pid (the default), name, behaviour, module, vsn, status "
                  "or mailbox, the longest first")
      ->check(CLI::IsMember(std::vector<std::string>(process_orders.begin(),
                                                     process_orders.end()))
                  .description(""));
  verb.add_flag("-r,--reverse", into.is_reversed, "The other way round");
  verb.add_option("-m,--module", into.module, "Only of this callback module");
  verb.add_option("--name", into.name,
                  "Only those registered under such a name; * is any text and "
                  "? any character");
  verb.add_option("--behaviour", into.behaviour,
                  "Only these: gen_server, supervisor ...");
  verb.add_option("--status", into.status,
                  "Only these: running, suspended, or timeout, who do not "
                  "answer in time")
      ->check(
          CLI::IsMember({"running", "suspended", "timeout"}).description(""));
  verb.add_option("--min-mailbox", into.min_mailbox,
                  "Only with so many messages waiting");
}

const std::vector<column>& process_columns() {
  static const std::vector<column> all{{"pid", "PID"},
                                       {"name", "NAME"},
                                       {"behaviour", "BEHAVIOUR"},
                                       {"module", "MODULE"},
                                       {"vsn", "VSN"},
                                       {"status", "STATUS"},
                                       {"mailbox", "MAILBOX"},
                                       {"waiting_for", "WAITING FOR"}};
  return all;
}

void add_limit(CLI::App& verb, process_choice& into) {
  verb.add_option("-n,--limit", into.limit, "The first so many of them (10000)")
      ->check(CLI::PositiveNumber.description(""));
}

std::string target_of(const process_choice& chosen) {
  std::string target = "/v1/processes";
  char separator = '?';
  const auto add = [&](std::string_view key, std::string_view text) {
    if (text.empty())
      return;
    target += separator;
    target += key;
    target += '=' + release_handler::percent_encoded(text);
    separator = '&';
  };
  add("sort", chosen.sort);
  add("reverse", chosen.is_reversed ? "true" : "");
  add("module", chosen.module);
  add("name", chosen.name);
  add("behaviour", chosen.behaviour);
  add("status", chosen.status);
  if (chosen.min_mailbox)
    add("min_mailbox", std::to_string(*chosen.min_mailbox));
  if (chosen.limit)
    add("limit", std::to_string(*chosen.limit));
  return target;
}

}  // namespace instar::cli
