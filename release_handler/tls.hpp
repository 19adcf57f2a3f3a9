// TLS for the control API over TCP: OpenSSL behind Boost.Asio's context. The
// waiting is the control_stream's, so that its deadlines hold here too.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <optional>
#include <string>

namespace instar::release_handler {

/// Certificates and settings: TLS 1.2 or later. Any thread.
class tls_context {
public:
  /// Files in PEM; the certificate with its chain. Errors: the library's, with
  /// the file.
  static result<std::shared_ptr<const tls_context>> for_server(
      const path& certificate, const path& key);
  /// Trusts the certificates in `authority`, a PEM file, else the system's.
  static result<std::shared_ptr<const tls_context>> for_client(
      const std::optional<path>& authority);

  ~tls_context();
  struct state;
  const state& inner() const { return *state_; }

private:
  explicit tls_context(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

/// What a step that could not be finished at once waits for.
enum class tls_wants { nothing, reading, writing };

/// One connection over a socket that never blocks. One thread; a pipe signal
/// must be ignored in the program.
class tls_session {
public:
  /// `host`: a name or address that the server's certificate must be for; empty
  /// for a server.
  static result<std::unique_ptr<tls_session>> open(const tls_context& with,
                                                   int socket,
                                                   const std::string& host);
  ~tls_session();

  /// Each does what it can. `wants` other than nothing: to be called again, with
  /// the same bytes, once the socket is ready for that. Errors: eof, and the
  /// library's.
  tls_wants shake_hands(boost::system::error_code& error);
  std::size_t receive(boost::asio::mutable_buffer into, tls_wants& wants,
                      boost::system::error_code& error);
  std::size_t send(boost::asio::const_buffer from, tls_wants& wants,
                   boost::system::error_code& error);
  /// Whether bytes are here already, so that the socket may stay silent.
  bool has_pending() const;
  /// Why the handshake failed, for people: the certificate's fault, if it is one.
  std::string fault(const boost::system::error_code& error) const;

private:
  struct state;
  explicit tls_session(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace instar::release_handler
