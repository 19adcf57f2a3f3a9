#include "cli/arguments.hpp"
#include "cli/process_request.hpp"
#include "cli/verbs.hpp"

#include <memory>
#include <utility>

namespace instar::cli {
namespace {

struct arguments {
  std::string process;
  std::string text;
  std::string module;
  std::optional<std::int64_t> timeout_ms;
};

/// What each of them needs besides the process.
enum class needs { nothing, state, extra, reason };

struct sys_verb {
  const char* name;
  const char* description;
  const char* example;
  needs argument;
  bool has_value;
};

constexpr sys_verb all_verbs[] = {
    {"suspend", "The process serves only system messages until resume",
     "instar sys suspend counter", needs::nothing, false},
    {"resume", "The process goes on", "instar sys resume counter",
     needs::nothing, false},
    {"change-code", "Converts the state of a suspended process to current code",
     "instar sys change-code counter --extra '{\"step\": 2}'", needs::extra,
     false},
    {"get-state", "The process's state as JSON", "instar sys get-state counter",
     needs::nothing, true},
    {"replace-state", "Replaces the process's state",
     "instar sys replace-state counter '{\"count\": 0}'", needs::state, true},
    {"get-status", "What the process is and does",
     "instar sys get-status 0.7.1", needs::nothing, true},
    {"terminate", "Ends the process the ordinary way",
     "instar sys terminate counter --reason shutdown", needs::reason, false},
    {"get-modules", "The modules that the process uses",
     "instar sys get-modules counter", needs::nothing, true},
};

boost::json::object body_of(const sys_verb& kind, const arguments& given) {
  boost::json::object body;
  if (kind.argument == needs::state)
    body["state"] = json_of(given.text);
  if (kind.argument == needs::extra && !given.text.empty())
    body["extra"] = json_of(given.text);
  if (kind.argument == needs::extra && !given.module.empty())
    body["module"] = given.module;
  if (kind.argument == needs::reason && !given.text.empty())
    body["reason"] = given.text;
  return body;
}

void add_one(CLI::App& parent, session& with, const sys_verb& kind) {
  auto& verb = add_verb(parent, kind.name, kind.description, kind.example);
  const auto given = std::make_shared<arguments>();
  add_process(verb, given->process);
  switch (kind.argument) {
    case needs::state:
      require_json(
          *verb.add_option("STATE", given->text, "The new state")->required());
      break;
    case needs::extra:
      require_json(
          *verb.add_option("--extra", given->text, "Passed to code_change"));
      verb.add_option("--module", given->module,
                      "Of an event manager only this module's handlers");
      break;
    case needs::reason:
      verb.add_option("--reason", given->text, "The exit reason");
      break;
    case needs::nothing:
      break;
  }
  add_duration(verb, "--timeout", given->timeout_ms,
               "How long to wait for the process (5s)");
  on(verb, with, [&with, &kind, given] {
    question what;
    what.request =
        process_request(given->process, std::string("sys/") + kind.name,
                        body_of(kind, *given), given->timeout_ms);
    if (kind.has_value)
      what.show = show_value;
    return ask(with, std::move(what));
  });
}

}  // namespace

void add_sys(CLI::App& root, session& with) {
  auto& group = add_group(root, "sys", "System messages to one process");
  for (const auto& kind : all_verbs)
    add_one(group, with, kind);
  add_sys_debug(group, with);
}

}  // namespace instar::cli
