// What sys switches on for one process.
#include "cli/arguments.hpp"
#include "cli/errors.hpp"
#include "cli/process_request.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <charconv>
#include <cstdio>
#include <memory>
#include <utility>

namespace instar::cli {
namespace {

struct arguments {
  std::string process;
  std::string what;
  std::string state;
  std::string id;
  std::optional<std::int64_t> timeout_ms;
};

using given_arguments = std::shared_ptr<arguments>;

CLI::App& add_one(CLI::App& parent, const char* name, const char* description,
                  const std::string& example, const given_arguments& given) {
  auto& verb = add_verb(parent, name, description, example);
  add_process(verb, given->process);
  add_duration(verb, "--timeout", given->timeout_ms,
               "How long to wait for the process (5s)");
  return verb;
}

exit_code send(const session& with, const arguments& given,
               const std::string& verb, boost::json::object body,
               bool has_value = false) {
  question what;
  what.request = process_request(given.process, "sys/" + verb, std::move(body),
                                 given.timeout_ms);
  if (has_value)
    what.show = show_value;
  return ask(with, std::move(what));
}

void add_statistics(CLI::App& parent, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb = add_one(parent, "statistics",
                       "Counts messages in and replies out, or shows how many",
                       "instar sys statistics counter on\n"
                       "instar sys statistics counter",
                       given);
  verb.add_option("DO", given->what, "on, off, or get, which is the default")
      ->check(CLI::IsMember({"on", "off", "get"}));
  on(verb, with, [&with, given] {
    if (given->what.empty() || given->what == "get")
      return send(with, *given, "statistics", {}, true);
    return send(with, *given, "statistics", {{"on", given->what == "on"}});
  });
}

/// The length of a log; none: the text is no number.
std::optional<std::int64_t> length_of(const std::string& text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? std::optional(number)
                                                   : std::nullopt;
}

void add_log(CLI::App& parent, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb = add_one(
      parent, "log", "Keeps the last system events, or shows those kept",
      "instar sys log counter 50\ninstar sys log counter", given);
  verb.add_option("DO", given->what,
                  "on (the last 10), a number, off, print (to the node's "
                  "log), or get, which is the default")
      ->check([](const std::string& text) -> std::string {
        for (const auto* word : {"on", "off", "get", "print"}) {
          if (text == word)
            return {};
        }
        return length_of(text).value_or(0) > 0
                   ? std::string()
                   : "on, off, get, print or a number, not " + text;
      });
  on(verb, with, [&with, given] {
    const auto& what = given->what;
    if (what.empty() || what == "get")
      return send(with, *given, "log", {}, true);
    if (what == "print")
      return send(with, *given, "log", {{"print", true}});
    if (const auto length = length_of(what))
      return send(with, *given, "log", {{"length", *length}});
    return send(with, *given, "log", {{"on", what == "on"}});
  });
}

void add_log_to_file(CLI::App& parent, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb = add_one(parent, "log-to-file",
                       "Appends each system event to a file on the node's "
                       "machine; without one, no longer",
                       "instar sys log-to-file counter /tmp/counter.events\n"
                       "instar sys log-to-file counter",
                       given);
  verb.add_option("FILE", given->what, "A path on the node's machine");
  on(verb, with, [&with, given] {
    boost::json::object body;
    if (!given->what.empty())
      body["path"] = given->what;
    return send(with, *given, "log-to-file", std::move(body));
  });
}

/// MODULE:FUNCTION and --id.
boost::json::object function_of(const arguments& given) {
  boost::json::object body;
  if (const auto colon = given.what.find(':'); colon != std::string::npos) {
    body["module"] = given.what.substr(0, colon);
    body["function"] = given.what.substr(colon + 1);
  }
  if (!given.id.empty())
    body["id"] = given.id;
  return body;
}

CLI::Option& add_function(CLI::App& verb, arguments& into) {
  verb.add_option("--id", into.id,
                  "What it is known by, instead of MODULE:FUNCTION");
  return *verb.add_option("MODULE:FUNCTION", into.what, "An exported function")
              ->check([](const std::string& text) -> std::string {
                const auto colon = text.find(':');
                return colon != 0 && colon < text.size() - 1
                           ? std::string()
                           : "MODULE:FUNCTION, not " + text;
              });
}

void add_install(CLI::App& parent, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb = add_one(
      parent, "install",
      "Has a function of a module called for each system event",
      "instar sys install counter counter_debug:count --state 0", given);
  add_function(verb, *given).required();
  require_json(
      *verb.add_option("--state", given->state, "Its first state (null)"));
  on(verb, with, [&with, given] {
    auto body = function_of(*given);
    if (!given->state.empty())
      body["state"] = json_of(given->state);
    return send(with, *given, "install", std::move(body));
  });
}

void add_remove(CLI::App& parent, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb = add_one(parent, "remove", "No longer calls such a function",
                       "instar sys remove counter counter_debug:count\n"
                       "instar sys remove counter --id spy",
                       given);
  add_function(verb, *given);
  on(verb, with, [&with, given] {
    auto body = function_of(*given);
    if (body.empty()) {
      note("error: MODULE:FUNCTION or --id is missing");
      return exit_code::wrong_usage;
    }
    return send(with, *given, "remove", std::move(body));
  });
}

void add_no_debug(CLI::App& parent, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb = add_one(parent, "no-debug",
                       "Ends statistics, log, trace, files and functions",
                       "instar sys no-debug counter", given);
  on(verb, with, [&with, given] { return send(with, *given, "no-debug", {}); });
}

/// One line with its end; empty for what says nothing.
std::string event_line(const boost::json::object& event) {
  if (event.contains("text"))
    return printable(field(event, "text")) + '\n';
  if (field(event, "event") == "lost") {
    return "... " + std::to_string(number(event, "count")) +
           " events were too many to show\n";
  }
  return {};
}

exit_code follow(const session& with, const arguments& given) {
  question what;
  what.request =
      process_request(given.process, "sys/trace", {}, given.timeout_ms);
  what.request.wants_events = true;
  what.request.changes = false;
  what.request.patience = std::nullopt;
  const auto answer =
      ask_node(with.at, what.request, [&](const boost::json::object& event) {
        if (with.json || with.events) {
          print_json(value(event));
          return;
        }
        print(event_line(event));
        std::fflush(stdout);
      });
  if (!answer && answer.error().code == make_error_code(errc::interrupted))
    return exit_code::done;
  if (!answer) {
    return report(with, answer.error(),
                  exit_of_error(answer.error().code, false));
  }
  if (answer->status < 400) {
    if (!with.json && !with.events && !with.quiet)
      note("the trace has ended: the process has, or somebody ended it");
    return exit_code::done;
  }
  return ask(with, std::move(what));  // an error, told as all are
}

void add_trace(CLI::App& parent, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb =
      add_one(parent, "trace",
              "Shows each system event as it happens, until Ctrl-C; "
              "with on, writes them to the node's log",
              "instar sys trace counter\ninstar sys trace counter on", given);
  verb.add_option("DO", given->what, "on or off: in the node's log")
      ->check(CLI::IsMember({"on", "off"}));
  on(verb, with, [&with, given] {
    if (given->what.empty())
      return follow(with, *given);
    return send(with, *given, "trace", {{"on", given->what == "on"}});
  });
}

}  // namespace

void add_sys_debug(CLI::App& group, session& with) {
  add_statistics(group, with);
  add_trace(group, with);
  add_log(group, with);
  add_log_to_file(group, with);
  add_install(group, with);
  add_remove(group, with);
  add_no_debug(group, with);
}

}  // namespace instar::cli
