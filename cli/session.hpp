// What all verbs share: the options that stand before or after any of them, and
// where output goes. Data on stdout; progress and diagnostics on stderr.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "cli/exit_code.hpp"
#include "cli/node_client.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace instar::cli {

/// Lives as long as the command. One thread.
struct session {
  node_address at{"./run/control.sock", {}, {}};
  bool json = false;
  bool events = false;
  bool quiet = false;
  /// Set by the verb that was found; run after the whole line was understood.
  std::function<exit_code()> action;
};

/// What a verb asks of a node.
struct question {
  node_request request;
  request_kind kind = request_kind::plain;
  /// The answer for people; may be empty, for no output.
  std::function<std::string(const boost::json::object& body)> show;
};

/// Asks and prints: with `--events` each event and the result as JSON lines,
/// with `--json` the answer, else what `show` makes of it; an error on stderr.
exit_code ask(const session& with, question what);

void print(std::string_view text);
/// One line.
void print_json(const value& line);
/// `warning: TEXT` and the like, on stderr.
void note(std::string_view text);

/// Prints why the command itself failed, as `--json` or `error[tag]: message`,
/// and answers the exit code.
exit_code report(const session& with, const failure& why,
                 exit_code code = exit_code::failed);

/// Whether colours may be used on stderr: a terminal, and no NO_COLOR.
bool has_colour();

}  // namespace instar::cli
