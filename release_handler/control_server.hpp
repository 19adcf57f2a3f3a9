// The control server: brings requests from a Unix socket to a control_api.
//
//     curl --unix-socket run/control.sock http://node/v1/status
//
// HTTP/1.1. A request with `Accept: application/x-ndjson` is answered with a
// stream of JSON lines: each event as it happens, and last the result,
// `{"event": "result", ...body}`. Others get the result's body alone. Errors are
// `{"error": {"tag", "message", "context"?}}` with a fitting status; once events
// were sent the status is 200, and the last line says what went wrong, with the
// status that it would have had in `http_status`.
//
// One thread accepts, and one serves each connection, so that a long operation
// holds nobody else up. A client that vanishes or does not read loses its
// connection; its operation goes on.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/control_access.hpp"
#include "release_handler/control_api.hpp"
#include "release_handler/control_stream.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>

namespace instar::release_handler {

/// What clients may cost the node.
struct control_limits {
  std::size_t connections = 32;
  /// Over TCP; they do not take those of the socket.
  std::size_t tcp_connections = 16;
  std::uint32_t header_bytes = 16U << 10U;
  std::uint64_t body_bytes = 1U << 20U;
  /// Events that a client has not taken yet.
  std::size_t waiting_bytes = 1U << 20U;
  /// For a whole request, and for the silence between two.
  std::chrono::milliseconds read_timeout{10'000};
  /// For a whole response, after the operation is done.
  std::chrono::milliseconds write_timeout{10'000};
  /// For a response that is still to be sent when the server is stopped.
  std::chrono::milliseconds stop_grace{1'000};
};

class control_server {
public:
  /// Listens on `socket`, a file that only its owner can open (0600), or, with
  /// roles, a group too (0660). A socket file that nobody listens on any more is
  /// replaced. Where `access` says so, listens on a TCP address also, with TLS.
  /// `api` must outlive the server. Errors: the system's; address_in_use: a node
  /// runs there, or the path is something else than a socket.
  static result<std::unique_ptr<control_server>> start(
      const path& socket, control_api& api, const control_limits& limits = {},
      control_access access = {});

  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;
  ~control_server();

  /// Takes no more connections, ends those that are idle or receive a request,
  /// removes the socket file, and waits for operations in progress, whose
  /// answers are still sent. Ending those sooner is the api's duty. Idempotent.
  /// Not from within handle(), which it would wait for.
  void stop();

  const path& socket() const { return socket_; }
  /// Where TCP clients come in, ADDRESS:PORT; empty: nowhere.
  const std::string& tcp_address() const { return tcp_address_; }

private:
  struct client {
    std::thread thread;
    bool is_tcp = false;
    std::atomic<bool> done = false;
  };

  control_server(path socket, control_api& api, const control_limits& limits,
                 control_access access, unique_fd listener,
                 unique_fd tcp_listener, unique_fd stop_event);
  void accept_all();
  void accept_one(const unique_fd& listener, bool is_tcp);
  bool is_full(bool is_tcp) const;
  /// Joins the threads whose client is gone.
  void reap();

  path socket_;
  control_api& api_;
  control_limits limits_;
  control_access access_;
  std::string tcp_address_;
  unique_fd listener_;
  unique_fd tcp_listener_;
  /// Readable once the server is to stop; every wait looks at it.
  unique_fd stop_event_;
  /// Of the accepting thread; of stop() once that has ended.
  std::list<client> clients_;
  std::thread acceptor_;
};

}  // namespace instar::release_handler
