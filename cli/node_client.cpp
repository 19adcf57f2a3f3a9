#include "cli/node_client.hpp"

#include "base/file_system.hpp"
#include "cli/errors.hpp"
#include "cli/interrupt.hpp"
#include "release_handler/control_stream.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace instar::cli {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string to_bytes(const node_request& request, const std::string& token) {
  const auto body = request.method == "GET"
                        ? std::string()
                        : boost::json::serialize(request.body);
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: node\r\nUser-Agent: instar\r\n"
      "Accept: {}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n{}Connection: close\r\n\r\n{}",
      request.method, request.target,
      request.wants_events ? "application/x-ndjson" : "application/json",
      body.size(),
      token.empty() ? "" : "Authorization: Bearer " + token + "\r\n", body);
}

/// Reads the answer's lines, and keeps the last as the result.
class conversation {
public:
  conversation(release_handler::control_stream stream, std::string socket,
               const std::function<void(const boost::json::object&)>& on_event)
      : stream_(std::move(stream)),
        socket_(std::move(socket)),
        on_event_(on_event) {}

  result<node_answer> hold(const node_request& request,
                           const std::string& token) {
    if (request.patience)
      stream_.expires_after(*request.patience);
    send(to_bytes(request, token));
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    error_code error;
    http::read_header(stream_, buffer_, parser, error);
    const auto type = parser.get()[http::field::content_type];
    const bool is_text = !error && type.starts_with("text/plain");
    while (!error && !parser.is_done()) {
      std::array<char, 16384> some{};
      parser.get().body().data = some.data();
      parser.get().body().size = some.size();
      http::read_some(stream_, buffer_, parser, error);
      if (error == http::error::need_buffer)
        error = {};
      const auto size = some.size() - parser.get().body().size;
      if (is_text) {
        line_.append(some.data(), size);
      } else {
        INSTAR_TRY(take({some.data(), size}));
      }
    }
    if (error)
      return reason_of(error);
    if (is_text) {
      return node_answer{static_cast<int>(parser.get().result_int()),
                         boost::json::object(), std::move(line_)};
    }
    INSTAR_TRY(take("\n"));
    if (!last_)
      return failure(errc::bad_answer, socket_ + ": an empty answer");
    return node_answer{
        status_ != 0 ? status_ : static_cast<int>(parser.get().result_int()),
        std::move(*last_),
        {}};
  }

private:
  /// A server that refuses a request may close before it has read it; what it
  /// said is read all the same.
  void send(std::string_view bytes) {
    error_code error;
    while (!bytes.empty() && !error) {
      bytes.remove_prefix(stream_.write_some(
          boost::asio::buffer(bytes.data(), bytes.size()), error));
    }
  }

  result<> take(std::string_view bytes) {
    line_ += bytes;
    for (;;) {
      const auto end = line_.find('\n');
      if (end == std::string::npos)
        return {};
      const auto one = line_.substr(0, end);
      line_.erase(0, end + 1);
      if (!one.empty())
        INSTAR_TRY(take_line(one));
    }
  }

  result<> take_line(const std::string& text) {
    boost::json::parse_options options;
    // A node's answer holds states, which may nest deeper than requests may.
    options.max_depth = 1000;
    error_code error;
    auto parsed = boost::json::parse(text, error, {}, options);
    if (error || !parsed.is_object()) {
      return failure(errc::bad_answer,
                     fmt::format("{}: what answers there is no node: {}",
                                 socket_, text.substr(0, 200)));
    }
    auto& fields = parsed.get_object();
    const auto* event = fields.if_contains("event");
    const bool is_in_stream = event != nullptr;
    if (is_in_stream && *event != "result") {
      on_event_(fields);
      return {};
    }
    fields.stable_erase("event");
    if (const auto* status = fields.if_contains("http_status");
        is_in_stream && status != nullptr && status->is_int64()) {
      status_ = static_cast<int>(status->get_int64());
      fields.stable_erase("http_status");
    }
    last_ = std::move(parsed);
    return {};
  }

  failure reason_of(const error_code& error) const {
    if (error == boost::asio::error::operation_aborted)
      return {errc::interrupted, "stopped waiting; the operation goes on"};
    if (error == boost::asio::error::timed_out)
      return {errc::timeout,
              fmt::format("{}: the node did not answer in time", socket_)};
    if (error == http::error::bad_version || error == http::error::bad_status ||
        error == http::error::bad_field)
      return {errc::bad_answer,
              fmt::format("{}: what answers there is no node: {}", socket_,
                          error.message())};
    return {errc::lost_connection,
            fmt::format("{}: the connection to the node was lost", socket_)};
  }

  release_handler::control_stream stream_;
  std::string socket_;
  const std::function<void(const boost::json::object&)>& on_event_;
  boost::beast::flat_buffer buffer_;
  std::string line_;
  std::optional<value> last_;
  /// What the last line of a stream says; 0: nothing.
  int status_ = 0;
};

constexpr std::uint64_t longest_token_bytes = 4096;
constexpr std::chrono::seconds connect_patience{20};

result<std::string> token_for(const node_address& at) {
  if (!at.is_tcp())
    return std::string();
  if (at.token_file.empty()) {
    const char* given = std::getenv("INSTAR_TOKEN");
    return std::string(given == nullptr ? "" : given);
  }
  real_file_system files;
  INSTAR_TRY_ASSIGN(const auto text,
                    files.read(at.token_file, longest_token_bytes));
  return text.substr(0, text.find_first_of("\r\n"));
}

result<release_handler::control_stream> connect(const node_address& at,
                                                int stop_fd) {
  using release_handler::control_stream;
  if (!at.is_tcp())
    return control_stream::connect(at.node, stop_fd);
  auto place = at.node.substr(std::string_view("https://").size());
  place = place.substr(0, place.find('/'));
  const auto colon = place.rfind(':');
  const bool has_port =
      colon != std::string::npos && place.find(']', colon) == std::string::npos;
  auto host = place.substr(0, has_port ? colon : place.size());
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  std::optional<path> authority;
  if (!at.authority.empty())
    authority = at.authority;
  INSTAR_TRY_ASSIGN(const auto tls,
                    release_handler::tls_context::for_client(authority));
  // TLS writes without MSG_NOSIGNAL.
  ::signal(SIGPIPE, SIG_IGN);
  return control_stream::connect_tls(host,
                                     has_port ? place.substr(colon + 1) : "443",
                                     *tls, stop_fd, connect_patience);
}

}  // namespace

result<node_answer> ask_node(
    const node_address& at, const node_request& request,
    const std::function<void(const boost::json::object&)>& on_event) {
  std::optional<interrupt_guard> interrupt;
  if (request.stop_fd < 0)
    interrupt.emplace();
  INSTAR_TRY_ASSIGN(const auto token, token_for(at));
  auto stream = connect(at, interrupt ? interrupt->fd() : request.stop_fd);
  if (!stream) {
    return failure(errc::no_node, fmt::format("no node answers at {}",
                                              stream.error().message()));
  }
  return conversation(std::move(*stream), at.node, on_event)
      .hold(request, token);
}

}  // namespace instar::cli
