// Asks a node: one request over its control socket, or TCP and TLS. One thread, or
// several with a stop_fd each.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace instar::cli {

/// Where a node is and how to be let in.
struct node_address {
  /// The path of its socket, or https://HOST:PORT.
  std::string node;
  /// Over TCP. The token is the first line of the file, else the variable
  /// INSTAR_TOKEN.
  std::string token_file;
  /// PEM; empty: the system's certificates.
  std::string authority;

  bool is_tcp() const { return node.starts_with("https://"); }
};

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
  /// Readable: the wait ends. -1: at SIGINT and SIGTERM, of which ask_node takes
  /// care then, so that one thread at a time may call it.
  int stop_fd = -1;
};

struct node_answer {
  int status = 0;
  /// An object; without the `event` that a stream's last line has.
  value body;
  /// Where the node answered with plain text.
  std::string text = {};
};

/// Answers with whatever the node said, errors too. `on_event` gets each event
/// but the result. Errors: no_node,
/// lost_connection, interrupted, timeout, bad_answer, the system's for the
/// token's file.
result<node_answer> ask_node(
    const node_address& at, const node_request& request,
    const std::function<void(const boost::json::object&)>& on_event);

}  // namespace instar::cli
