#include "release_handler/control_connection.hpp"

#include "release_handler/control_request.hpp"
#include "release_handler/errors.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace instar::release_handler::detail {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr const char* ndjson = "application/x-ndjson";

/// `HTTP/1.1 STATUS REASON` and the fields that all responses have.
std::string head(int status, std::string_view type, bool keep_alive) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  return fmt::format(
      "HTTP/1.1 {} {}\r\nServer: instar\r\nContent-Type: {}\r\n"
      "Cache-Control: no-store\r\n{}",
      status, std::string_view(reason.data(), reason.size()), type,
      keep_alive ? "" : "Connection: close\r\n");
}

std::string whole_response(const api_response& answer, bool keep_alive) {
  const bool is_text = !answer.text.empty();
  const auto body =
      is_text ? answer.text : boost::json::serialize(answer.body) + '\n';
  return fmt::format("{}Content-Length: {}\r\n\r\n{}",
                     head(answer.status,
                          is_text ? "text/plain; version=0.0.4; charset=utf-8"
                                  : "application/json",
                          keep_alive),
                     body.size(), body);
}

/// Writes a stream of JSON lines as chunks. Events are never waited for: what
/// the socket does not take at once is kept, to a limit, until the next one.
class line_stream {
public:
  line_stream(control_stream& stream, std::size_t limit_bytes, bool keep_alive)
      : stream_(stream), limit_bytes_(limit_bytes), keep_alive_(keep_alive) {}

  bool begun() const { return begun_; }
  bool lost() const { return lost_; }

  void event(const value& one) {
    begin(200);
    line(one);
    push();
    if (waiting_.size() > limit_bytes_)
      lose();
  }

  void result(const api_response& answer) {
    boost::json::object last{{"event", "result"}};
    // The stream's own status was sent before anyone knew.
    if (begun_ && answer.status >= 400)
      last["http_status"] = answer.status;
    begin(answer.status);
    if (const auto* body = answer.body.if_object()) {
      for (const auto& field : *body)
        last.insert_or_assign(field.key(), field.value());
    }
    line(last);
    waiting_ += "0\r\n\r\n";
  }

  /// Sends what is kept, by the stream's deadline.
  void flush() {
    while (!lost_ && !waiting_.empty()) {
      error_code error;
      const auto sent =
          stream_.write_some(boost::asio::buffer(waiting_), error);
      waiting_.erase(0, sent);
      if (error)
        lose();
    }
  }

private:
  void begin(int status) {
    if (begun_)
      return;
    begun_ = true;
    waiting_ = head(status, ndjson, keep_alive_) +
               "Transfer-Encoding: chunked\r\n\r\n";
  }

  void line(const value& one) {
    if (lost_)
      return;
    const auto text = boost::json::serialize(one);
    waiting_ += fmt::format("{:x}\r\n{}\n\r\n", text.size() + 1, text);
  }

  void push() {
    if (lost_)
      return;
    error_code error;
    waiting_.erase(0, stream_.send_now(waiting_, error));
    if (error)
      lose();
  }

  /// The client is gone or too slow: the operation goes on without it.
  void lose() {
    lost_ = true;
    waiting_.clear();
  }

  control_stream& stream_;
  std::size_t limit_bytes_;
  bool keep_alive_;
  bool begun_ = false;
  bool lost_ = false;
  std::string waiting_;
};

class connection {
public:
  connection(control_stream stream, control_api& api,
             const control_limits& limits, const control_access& access,
             bool is_tcp)
      : stream_(std::move(stream)),
        api_(api),
        limits_(limits),
        access_(access),
        is_tcp_(is_tcp) {
    stream_.grace_after_stop(limits.stop_grace);
  }

  void serve() {
    if (!introduce())
      return;
    while (serve_one()) {
    }
  }

private:
  using request_parser = http::request_parser<http::string_body>;

  /// Finds out who is there.
  bool introduce() {
    if (!is_tcp_) {
      const auto peer = stream_.peer();
      if (peer)
        peer_ = *peer;
      return peer.has_value();
    }
    address_ = stream_.peer_address();
    stream_.expires_after(limits_.read_timeout);
    const auto with = access_.tcp->certificate->current();
    return stream_.start_tls(*with, {}).has_value();
  }

  /// Says in `asked` who it is. Errors: unauthorized, forbidden.
  instar::result<> check_access(api_request& asked,
                                std::string_view authorization) const {
    asked.uid = peer_.uid;
    asked.pid = peer_.pid;
    if (!is_tcp_)
      return check_allowed(access_, asked);
    if (authorization.empty()) {
      return failure(errc::unauthorized,
                     "this node wants a token: --token-file, or INSTAR_TOKEN");
    }
    const auto holder = access_.tcp->tokens->find(authorization);
    asked.who =
        fmt::format("token {}from {}",
                    holder.name.empty() ? "" : holder.name + " ", address_);
    return check_token(holder, asked);
  }

  /// Whether another request may follow.
  bool serve_one() {
    request_parser parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(limits_.body_bytes);
    stream_.expires_after(limits_.read_timeout);
    if (const auto error = read(parser)) {
      refuse(error, parser.got_some());
      return false;
    }
    const auto& message = parser.get();
    // A client of HTTP/1.0 knows no chunks.
    const bool modern = message.version() >= 11;
    const bool keep_alive = modern && message.keep_alive();
    const bool lines = modern && message[http::field::accept].find(ndjson) !=
                                     boost::beast::string_view::npos;
    const auto method = message.method_string();
    const auto target = message.target();
    auto request =
        to_api_request({method.data(), method.size()},
                       {target.data(), target.size()}, message.body());
    if (const auto* wrong = std::get_if<api_response>(&request))
      return send(whole_response(*wrong, keep_alive)) && keep_alive;
    auto& asked = std::get<api_request>(request);
    const auto authorization = message[http::field::authorization];
    if (const auto may =
            check_access(asked, {authorization.data(), authorization.size()});
        !may) {
      // A wrong token costs a new connection.
      const bool is_unknown = may.error().code == errc::unauthorized;
      const bool goes_on = keep_alive && !is_unknown;
      const auto why = error_response(is_unknown ? 401 : 403, may.error().tag(),
                                      may.error().message());
      return send(whole_response(why, goes_on)) && goes_on;
    }

    // Nobody waits for the client while the operation runs.
    stream_.expires_never();
    line_stream events(stream_, limits_.waiting_bytes, keep_alive);
    asked.is_gone = [&] { return events.lost() || stream_.is_gone(); };
    const auto answer = handle(asked, [&](const value& one) {
      if (lines)
        events.event(one);
    });
    stream_.expires_after(limits_.write_timeout);
    if (!lines || !answer.text.empty())
      return send(whole_response(answer, keep_alive)) && keep_alive;
    events.result(answer);
    events.flush();
    return !events.lost() && keep_alive;
  }

  error_code read(request_parser& parser) {
    error_code error;
    http::read_header(stream_, buffer_, parser, error);
    if (error)
      return error;
    if (boost::beast::iequals(parser.get()[http::field::expect],
                              "100-continue") &&
        !send("HTTP/1.1 100 Continue\r\n\r\n"))
      return boost::asio::error::broken_pipe;
    http::read(stream_, buffer_, parser, error);
    return error;
  }

  /// What a client that broke HTTP or a limit is told, before it is left.
  void refuse(const error_code& error, bool began) {
    if (error == http::error::body_limit) {
      leave(413, "too_large",
            fmt::format("a body has {} bytes at most", limits_.body_bytes));
    } else if (error == http::error::header_limit ||
               error == http::error::buffer_overflow) {
      leave(431, "too_large",
            fmt::format("a header has {} bytes at most", limits_.header_bytes));
    } else if (error == boost::asio::error::timed_out && began) {
      leave(408, "timeout", "the request did not come in time");
    } else if (error.category() ==
                   http::make_error_code(http::error::end_of_stream)
                       .category() &&
               error != http::error::end_of_stream &&
               error != http::error::partial_message) {
      leave(400, "bad_request", error.message());
    }
  }

  void leave(int status, std::string_view tag, std::string_view message) {
    stream_.expires_after(limits_.write_timeout);
    send(closing_response(error_response(status, tag, message)));
  }

  api_response handle(const api_request& request, const event_sink& emit) {
    try {
      return api_.handle(request, emit);
    } catch (const std::exception& error) {
      return error_response(500, "internal_error", error.what());
    } catch (...) {
      return error_response(500, "internal_error", "an unknown exception");
    }
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      error_code error;
      bytes.remove_prefix(stream_.write_some(
          boost::asio::buffer(bytes.data(), bytes.size()), error));
      if (error)
        return false;
    }
    return true;
  }

  control_stream stream_;
  control_api& api_;
  const control_limits& limits_;
  const control_access& access_;
  const bool is_tcp_;
  peer_credentials peer_;
  /// Of a client over TCP.
  std::string address_;
  // Holds a header and what comes with it; a body is read into its message.
  boost::beast::flat_buffer buffer_{limits_.header_bytes + 4096U};
};

}  // namespace

void serve_connection(control_stream stream, control_api& api,
                      const control_limits& limits,
                      const control_access& access, bool is_tcp) noexcept {
  try {
    connection(std::move(stream), api, limits, access, is_tcp).serve();
  } catch (...) {
    // Out of memory while serving one client: the client loses its
    // connection, the node nothing.
    return;
  }
}

std::string closing_response(const api_response& answer) {
  return whole_response(answer, false);
}

}  // namespace instar::release_handler::detail
