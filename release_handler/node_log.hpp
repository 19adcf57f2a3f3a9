// A node's log: lines for people on stderr, and JSON lines in log/node.log, which
// is rotated. Private to the node.
#pragma once

#include "base/file_system.hpp"
#include "base/value.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace instar::release_handler {

/// Four files of 16 MiB at most, in ROOT/log. A line is
/// `{"at", "level", "message", "node": the process id}`.
std::shared_ptr<spdlog::logger> make_node_log(const path& root);

/// One line as the file has it; `at` is in UTC.
std::string log_line(std::chrono::system_clock::time_point at,
                     std::string_view level, std::string_view message,
                     int process);

/// Begin and end of what operators do, an event of the hub.
void log_event(spdlog::logger& to, const value& event);

}  // namespace instar::release_handler
