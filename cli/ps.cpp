#include "cli/arguments.hpp"
#include "cli/process_choice.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <memory>

namespace instar::cli {
namespace {

/// Nothing where all that match are shown.
std::string left_out(const boost::json::object& body) {
  const auto shown = list_of(body, "processes").size();
  const auto matching = static_cast<std::size_t>(number(body, "matching"));
  if (matching <= shown)
    return {};
  return fmt::format("{} of {} processes are shown; see --limit", shown,
                     matching);
}

}  // namespace

void add_ps(CLI::App& root, session& with) {
  const auto chosen = std::make_shared<process_choice>();
  auto& verb = add_verb(root, "ps", "The node's processes",
                        "instar ps --sort mailbox --limit 20\n"
                        "instar ps --module kv_shard --status suspended\n"
                        "instar ps --name 'kv_*' --min-mailbox 100");
  add_process_choice(verb, *chosen);
  add_limit(verb, *chosen);
  on(verb, with, [&with, chosen] {
    question what;
    what.request.target = target_of(*chosen);
    what.show = [&with](const boost::json::object& body) {
      if (const auto note_text = left_out(body);
          !note_text.empty() && !with.quiet)
        note(note_text);
      return table(process_columns(), body, "processes");
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
