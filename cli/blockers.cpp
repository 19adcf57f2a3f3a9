#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace instar::cli {
namespace {

bool has(const boost::json::object& body, const char* key) {
  const auto* rows = body.if_contains(key);
  return rows != nullptr && rows->is_array() && !rows->get_array().empty();
}

std::string show(const boost::json::object& body) {
  std::string text;
  if (has(body, "not_quiet")) {
    text += "Not quiet, so an upgrade of their modules has to wait:\n" +
            table({{"pid", "PID"},
                   {"name", "NAME"},
                   {"module", "MODULE"},
                   {"handler", "HANDLER"},
                   {"for_ms", "FOR MS"},
                   {"waiting_for", "WAITING FOR"}},
                  body, "not_quiet");
  }
  if (has(body, "zombies")) {
    text += (text.empty() ? "" : "\n") +
            std::string(
                "Killed inside a callback that has not returned; their "
                "thread, state and code are kept:\n") +
            table({{"pid", "PID"},
                   {"name", "NAME"},
                   {"module", "MODULE"},
                   {"vsn", "VSN"},
                   {"handler", "HANDLER"},
                   {"for_ms", "FOR MS"}},
                  body, "zombies");
  }
  if (has(body, "old_code")) {
    text += (text.empty() ? "" : "\n") +
            std::string("Still in old code, which cannot be purged:\n") +
            table({{"module", "MODULE"},
                   {"vsn", "VSN"},
                   {"pid", "PID"},
                   {"name", "NAME"},
                   {"holds", "HOLDS"}},
                  body, "old_code");
  }
  return text.empty() ? "nobody is in the way of an upgrade\n" : text;
}

}  // namespace

void add_blockers(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "blockers", "Who is in the way of an upgrade",
                        "instar blockers");
  on(verb, with, [&with] {
    question what;
    what.request.target = "/v1/blockers";
    what.show = show;
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
