// Asks a node: one request over its control socket. One thread.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace instar::cli {

struct node_request {
  std::string method = "GET";
  /// Path and query, encoded.
  std::string target;
  value body = boost::json::object();
  /// Whether the node may have been changed if the answer never comes.
  bool changes = false;
  /// Whether events are wanted while it runs.
  bool wants_events = false;
  /// How long the answer may take; none: until it comes.
  std::optional<std::chrono::milliseconds> patience = std::chrono::seconds(60);
};

struct node_answer {
  int status = 0;
  /// An object; without the `event` that a stream's last line has.
  value body;
};

/// Answers with whatever the node said, errors too. `on_event` gets each event
/// but the result. SIGINT and SIGTERM end the wait. Errors: no_node,
/// lost_connection, interrupted, timeout, bad_answer.
result<node_answer> ask_node(
    const std::string& socket, const node_request& request,
    const std::function<void(const boost::json::object&)>& on_event);

}  // namespace instar::cli
