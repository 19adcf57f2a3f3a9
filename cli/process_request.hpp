// Requests to one process: what sys, call and cast share.
#pragma once

#include "cli/node_client.hpp"
#include "cli/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace instar::cli {

/// `timeout_ms` goes into the body, and says how long we wait for the node.
node_request process_request(std::string_view process, std::string_view verb,
                             boost::json::object body,
                             std::optional<std::int64_t> timeout_ms);

/// What a process answered: the `value` of the body, indented.
std::string show_value(const boost::json::object& body);

}  // namespace instar::cli
