#include "cli/session.hpp"

#include "cli/errors.hpp"
#include "cli/progress.hpp"
#include "cli/restart_wait.hpp"
#include "cli/text.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace instar::cli {
namespace {

bool is_terminal(std::FILE* file) {
  const char* kind = std::getenv("TERM");
  return ::isatty(::fileno(file)) == 1 && kind != nullptr &&
         std::string_view(kind) != "dumb";
}

/// `error[tag]: message` on stderr, after all that went to stdout before.
void print_error(std::string_view tag, std::string_view message) {
  std::fflush(stdout);
  const bool colour = has_colour();
  note(fmt::format("{}error[{}]{}: {}", colour ? "\x1b[1;31m" : "",
                   printable(tag), colour ? "\x1b[0m" : "",
                   printable(message, true)));
}

void print_error_of(const boost::json::object& body) {
  const auto* error = body.if_contains("error");
  if (error == nullptr)
    return;
  const auto* fields = error->if_object();
  if (fields == nullptr) {
    print_error("unknown", to_text(*error));
    return;
  }
  const auto* message = fields->if_contains("message");
  const auto* text = message == nullptr ? nullptr : message->if_string();
  print_error(field(*fields, "tag"),
              text == nullptr ? std::string_view("the node does not say why")
                              : std::string_view(text->data(), text->size()));
}

/// An error's body gets the `ok` that all answers of the command have.
boost::json::object with_ok(const boost::json::object& body) {
  if (body.contains("ok") || !body.contains("error"))
    return body;
  boost::json::object made{{"ok", false}};
  made.insert(body.begin(), body.end());
  return made;
}

boost::json::object as_result(const boost::json::object& body) {
  boost::json::object made{{"event", "result"}};
  made.insert(body.begin(), body.end());
  return made;
}

}  // namespace

bool has_colour() {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(stderr) && (refused == nullptr || *refused == '\0');
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_json(const value& line) {
  print(boost::json::serialize(line) + '\n');
  // Whoever reads lines wants them now.
  std::fflush(stdout);
}

void note(std::string_view text) {
  const auto line = std::string(text) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

exit_code report(const session& with, const failure& why, exit_code code) {
  if (with.json || with.events) {
    boost::json::object body{
        {"ok", false},
        {"error", {{"tag", why.tag()}, {"message", why.message()}}}};
    print_json(value(with.events ? as_result(body) : body));
  } else {
    print_error(why.tag(), why.message());
  }
  return code;
}

exit_code ask(const session& with, question what) {
  progress shown(
      [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stderr);
      },
      is_terminal(stderr));
  what.request.wants_events = what.request.wants_events || with.events;
  auto answer =
      ask_node(with.at, what.request, [&](const boost::json::object& event) {
        if (with.events) {
          print_json(value(event));
        } else if (!with.quiet) {
          shown.event(event);
        }
      });
  shown.finish();
  if (answer && is_restarting(answer->body.get_object())) {
    if (with.events) {
      print_json(answer->body);
    } else if (!with.quiet) {
      note(fmt::format("the node restarts in {}",
                       field(answer->body.get_object(), "to")));
    }
    answer = await_restart(with.at, answer->body.get_object());
  }
  if (!answer) {
    const auto code = exit_of_error(answer.error().code, what.request.changes);
    if (code == exit_code::stopped_waiting) {
      return report(with,
                    {answer.error().code,
                     answer.error().message() +
                         "; `instar release history` will have the outcome"},
                    code);
    }
    return report(with, answer.error(), code);
  }
  const auto& body = answer->body.get_object();
  if (with.events) {
    print_json(value(as_result(with_ok(body))));
  } else if (with.json) {
    print_json(value(with_ok(body)));
  } else {
    // An upgrade that was taken back, and a check whose rehearsal failed, have a
    // report and an error.
    if (what.show && (!body.contains("error") || body.contains("from")))
      print(what.show(body));
    print_error_of(body);
  }
  return exit_of_answer(answer->status, body, what.kind);
}

}  // namespace instar::cli
