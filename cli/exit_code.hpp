// The exit codes of the command: a contract (docs: the command line).
#pragma once

#include "base/value.hpp"

#include <boost/system/error_code.hpp>

#include <string_view>

namespace instar::cli {

enum class exit_code {
  done = 0,
  /// The message says why; `--json` gives the tag.
  failed = 1,
  wrong_usage = 2,
  /// Before prepare, or a process was not quiet in time: nothing was touched.
  refused = 3,
  /// Undone, or rolled back: the old release runs, all state kept.
  undone = 4,
  /// The node restarted its permanent release.
  fell_back = 5,
  /// No node answers at that socket.
  no_node = 6,
  /// The command stopped waiting; the operation goes on.
  stopped_waiting = 7,
  /// A node that `run` started: an application has ended that it cannot do without.
  application_terminated = 8,
};

/// What kind of request an answer belongs to.
enum class request_kind {
  plain,
  /// check, install and rollback: what is refused there touched nothing.
  upgrade,
};

/// Of an upgrade's outcome, as formats: installed, refused, undone, rolled_back,
/// restarted, fell_back, degraded. `ok` is whether it is what was asked for: a
/// rollback that an operator asked for is done.
exit_code exit_of_outcome(std::string_view outcome, bool ok);

/// Of a node's whole answer.
exit_code exit_of_answer(int status, const value& body, request_kind kind);

/// Where there is no answer: of an errc. `changes` is whether the request may
/// have changed something at the node.
exit_code exit_of_error(boost::system::error_code code, bool changes);

}  // namespace instar::cli
