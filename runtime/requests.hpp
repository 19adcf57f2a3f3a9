// Calls whose answers are not waited for at once, and calls of several processes.
//
//   s.asked = instar::send_request("ledger", get_total{});
//   ...
//   static void handle_info(state& s, const instar::response_message& m) {
//     if (auto total = instar::check_response<get_total>(m, s.asked))
//       ...  // a result: the reply, or why there is none
//   }
//
// or, in a handler that is a coroutine, `co_await receive_response<get_total>(id)`.
// As gen_server's functions of these names. All act for the process that the current
// thread runs; a request_id is a closed type and may stand in a state, where it
// outlives upgrades.
#pragma once

#include "runtime/context.hpp"

#include <boost/describe/class.hpp>

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace instar {

struct request_id {
  std::uint64_t tag = 0;
  /// Whom it was sent to; null where there was nobody.
  pid process;
};
BOOST_DESCRIBE_STRUCT(request_id, (), (tag, process))

/// An info: the answer to a request has come, and nobody has taken it.
struct response_message {
  request_id request;
};
BOOST_DESCRIBE_STRUCT(response_message, (), (request))

namespace detail {

request_id send_request(const target& to, message_ptr m);
/// What has come for it; no answer and no error: nothing yet.
wait_outcome take_response(const request_id& id);

struct response_wait {
  request_id id;
  duration timeout;
  bool abandons = true;
  wait_outcome outcome;

  /// False where the outcome is there at once.
  bool start(std::coroutine_handle<> resume);
  void finish();
};

template <class Reply>
struct response_awaiter {
  response_wait wait;
  bool is_waiting = false;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> resume) {
    is_waiting = wait.start(resume);
    return is_waiting;
  }
  result<Reply> await_resume() {
    if (is_waiting)
      wait.finish();
    return reply_of_outcome<Reply>(wait.outcome);
  }
};

}  // namespace detail

/// Calls without waiting. Never fails: where there is nobody the response says so.
template <class Message>
request_id send_request(const target& to, Message&& m) {
  return detail::send_request(
      to, make_message(std::forward<Message>(m), message_kind::call));
}

/// Waits for the answer to a request of a Message, and gives up on it when the time
/// is over: an answer that comes later is dropped. Errors: as call.
template <class Message>
auto receive_response(const request_id& id,
                      duration timeout = default_call_timeout) {
  return detail::response_awaiter<typename Message::reply>{
      {id, timeout, true, {}}};
}
/// Likewise, but a request whose time is over may be waited for again.
template <class Message>
auto wait_response(const request_id& id,
                   duration timeout = default_call_timeout) {
  return detail::response_awaiter<typename Message::reply>{
      {id, timeout, false, {}}};
}
/// The answer that this info tells of; nothing where it is about another request, or
/// was taken already.
template <class Message>
std::optional<result<typename Message::reply>> check_response(
    const response_message& m, const request_id& id) {
  if (m.request.tag != id.tag)
    return std::nullopt;
  auto outcome = detail::take_response(id);
  if (outcome.answer == nullptr && outcome.error == 0)
    return std::nullopt;
  return detail::reply_of_outcome<typename Message::reply>(outcome);
}

/// What multi_call has heard.
template <class Reply>
struct multi_result {
  std::vector<std::pair<std::string, Reply>> replies;
  /// Who has not answered, and why.
  std::vector<std::pair<std::string, failure>> bad;
};

/// Calls all of them at once, and waits until each has answered or the time is over.
/// As gen_server:multi_call/4, of names and pids of this node.
template <class Message>
task<multi_result<typename Message::reply>> multi_call(
    std::vector<std::string> names, Message m,
    duration timeout = default_call_timeout) {
  std::vector<request_id> asked;
  asked.reserve(names.size());
  for (const auto& name : names)
    asked.push_back(send_request(name, m));
  const auto begin = monotonic_time();
  multi_result<typename Message::reply> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const duration left = timeout - (monotonic_time() - begin);
    const auto within = std::max(left, duration::zero());
    auto answer = co_await receive_response<Message>(asked[i], within);
    if (answer) {
      all.replies.emplace_back(names[i], std::move(*answer));
    } else {
      all.bad.emplace_back(names[i], answer.error());
    }
  }
  co_return all;
}

/// Casts to all of them. As gen_server:abcast/3.
template <class Message>
void abcast(const std::vector<std::string>& names, const Message& m) {
  for (const auto& name : names)
    cast(name, m);
}

}  // namespace instar
