// Waits for the outcome of an operation that restarts its node.
#pragma once

#include "base/result.hpp"
#include "cli/node_client.hpp"

namespace instar::cli {

/// Whether an answer says that the node restarts, so that its outcome is not known
/// yet.
bool is_restarting(const boost::json::object& answer);

/// What the history of the node will have of it, once that has started again; as
/// the answer of an operation. SIGINT and SIGTERM end the wait. Errors: interrupted,
/// timeout (no node has answered for longer than a start may take), ask_node's.
result<node_answer> await_restart(const node_address& at,
                                  const boost::json::object& answer);

}  // namespace instar::cli
