#include "cli/process_request.hpp"

#include "cli/targets.hpp"
#include "cli/text.hpp"

#include <chrono>
#include <utility>

namespace instar::cli {
namespace {

/// What a node takes where no timeout is given.
constexpr std::int64_t default_timeout_ms = 5000;
/// The node says itself that the process did not answer; only a node that is
/// stuck takes longer.
constexpr std::int64_t margin_ms = 10'000;

}  // namespace

node_request process_request(std::string_view process, std::string_view verb,
                             boost::json::object body,
                             std::optional<std::int64_t> timeout_ms) {
  node_request request;
  request.method = "POST";
  request.target = process_target(process, verb);
  request.changes = true;
  request.patience = std::chrono::milliseconds(
      timeout_ms.value_or(default_timeout_ms) + margin_ms);
  if (timeout_ms)
    body["timeout_ms"] = *timeout_ms;
  request.body = std::move(body);
  return request;
}

std::string show_value(const boost::json::object& body) {
  const auto* found = body.if_contains("value");
  return (found == nullptr ? pretty(body) : pretty(*found)) + '\n';
}

}  // namespace instar::cli
