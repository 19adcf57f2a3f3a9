#include "cli/watch.hpp"

#include "cli/arguments.hpp"
#include "cli/errors.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace instar::cli {
namespace {

std::string begin_line(const boost::json::object& event) {
  return fmt::format("{}  {} begins: {} -> {}, by {}\n", field(event, "at"),
                     field(event, "operation"), field(event, "from"),
                     field(event, "to"), field(event, "by"));
}

std::string end_line(const boost::json::object& event) {
  const bool is_module = event.contains("module");
  auto line = fmt::format(
      "{}  {} of {}: {}, by {}", field(event, "at"), field(event, "operation"),
      field(event, is_module ? "module" : "to"),
      event.contains("outcome") ? field(event, "outcome") : "done",
      field(event, "by"));
  if (number(event, "processes") > 0) {
    const auto count = number(event, "processes");
    line += fmt::format(
        "; {} process{}, a pause of {}", count, count == 1 ? "" : "es",
        to_text(std::chrono::microseconds(number(event, "pause_us"))));
  }
  const auto* error = event.if_contains("error");
  if (error != nullptr && error->is_object()) {
    line += fmt::format("; error[{}]: {}", field(error->get_object(), "tag"),
                        field(error->get_object(), "message"));
  }
  return line + '\n';
}

exit_code watch(const session& with) {
  node_request request;
  request.target = "/v1/events";
  request.wants_events = true;
  request.patience = std::nullopt;
  const auto answer =
      ask_node(with.at, request, [&](const boost::json::object& event) {
        if (with.json || with.events) {
          print_json(value(event));
          return;
        }
        print(watch_line(event));
        std::fflush(stdout);
      });
  if (answer && answer->status < 400)
    return exit_code::done;  // the node stopped
  if (!answer && answer.error().code == make_error_code(errc::interrupted))
    return exit_code::done;
  if (!answer) {
    return report(with, answer.error(),
                  exit_of_error(answer.error().code, false));
  }
  question what;
  what.request = request;
  return ask(with, std::move(what));  // an error, told as all are
}

}  // namespace

std::string watch_line(const boost::json::object& event) {
  const auto kind = field(event, "event");
  if (kind == "status") {
    auto line = fmt::format("{} {} ({}) runs, {} processes\n",
                            field(event, "release"), field(event, "vsn"),
                            field(event, "status"), number(event, "processes"));
    const auto* going = event.if_contains("upgrade");
    if (going != nullptr && going->is_object()) {
      const auto& one = going->get_object();
      line += fmt::format("{} is under way, by {} since {}\n",
                          field(one, "operation"), field(one, "by"),
                          field(one, "since"));
    }
    return line;
  }
  if (kind == "begin")
    return begin_line(event);
  if (kind == "end")
    return end_line(event);
  if (kind == "phase") {
    auto line = fmt::format("{:>9.1f} ms  {}",
                            static_cast<double>(number(event, "at_us")) / 1e3,
                            field(event, "phase"));
    if (number(event, "of") > 1) {
      line += fmt::format(" (batch {} of {})", number(event, "batch"),
                          number(event, "of"));
    }
    return line + '\n';
  }
  if (kind == "hop") {
    return fmt::format("hop {} of {}: {} -> {}\n", number(event, "hop"),
                       number(event, "of"), field(event, "from"),
                       field(event, "to"));
  }
  if (kind == "lost")
    return fmt::format("{} events were too many to show\n",
                       number(event, "count"));
  return {};
}

void add_watch(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "watch",
                        "What happens on the node, as it happens: "
                        "installations and their phases, whoever started them",
                        "instar watch");
  on(verb, with, [&with] { return watch(with); });
}

}  // namespace instar::cli
