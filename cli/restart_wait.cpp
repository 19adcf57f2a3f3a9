#include "cli/restart_wait.hpp"

#include "cli/errors.hpp"
#include "cli/interrupt.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <optional>
#include <string>

namespace instar::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds poll_interval{100};
/// For the end of the node that restarts, and for a start in its permanent release.
constexpr std::chrono::seconds spare_time{60};

/// False: interrupted.
bool wait_a_little() {
  const interrupt_guard interrupt;
  pollfd watched{interrupt.fd(), POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(poll_interval.count())) == 0;
}

std::optional<boost::json::object> find_entry(const boost::json::object& body,
                                              std::string_view id) {
  const auto* all = body.if_contains("history");
  if (all == nullptr || !all->is_array())
    return std::nullopt;
  for (const auto& one : all->get_array()) {
    if (one.is_object() && field(one.get_object(), "id") == id)
      return one.get_object();
  }
  return std::nullopt;
}

}  // namespace

bool is_restarting(const boost::json::object& answer) {
  return field(answer, "outcome") == "restarting";
}

result<node_answer> await_restart(const node_address& at,
                                  const boost::json::object& answer) {
  const auto id = field(answer, "id");
  node_request request;
  request.target = "/v1/history";
  request.patience = std::chrono::seconds(10);
  const auto patience =
      std::chrono::seconds(number(answer, "boot_timeout_s")) + spare_time;
  auto answered = steady_clock::now();
  for (;;) {
    const auto history = ask_node(at, request, [](const auto&) {});
    if (history) {
      answered = steady_clock::now();
      if (auto entry = find_entry(history->body.get_object(), id))
        return node_answer{200, std::move(*entry), {}};
    } else if (history.error().code == make_error_code(errc::interrupted)) {
      return history.error();
    }
    if (steady_clock::now() - answered > patience) {
      return failure(errc::timeout, fmt::format("no node has answered for {} s",
                                                patience.count()));
    }
    if (!wait_a_little()) {
      return failure(errc::interrupted,
                     "stopped waiting; the operation goes on");
    }
  }
}

}  // namespace instar::cli
