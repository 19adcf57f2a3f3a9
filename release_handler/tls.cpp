#include "release_handler/tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace instar::release_handler {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

struct tls_context::state {
  ssl::context context;

  explicit state(ssl::context::method method) : context(method) {
    context.set_options(ssl::context::default_workarounds |
                        ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                        ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                        ssl::context::no_compression);
    // What is sent may be moved, and sent in parts; clients cannot renegotiate.
    SSL_CTX_set_mode(
        context.native_handle(),
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION);
  }
};

namespace {

failure failed(const char* what, const path& file, const error_code& code) {
  return {code,
          std::string(what) + " " + file.string() + ": " + code.message()};
}

}  // namespace

tls_context::tls_context(std::unique_ptr<state> made)
    : state_(std::move(made)) {}
tls_context::~tls_context() = default;

result<std::shared_ptr<const tls_context>> tls_context::for_server(
    const path& certificate, const path& key) {
  auto made = std::make_unique<state>(ssl::context::tls_server);
  error_code code;
  made->context.use_certificate_chain_file(certificate.string(), code);
  if (code)
    return failed("certificate", certificate, code);
  made->context.use_private_key_file(key.string(), ssl::context::pem, code);
  if (code)
    return failed("key", key, code);
  return std::shared_ptr<const tls_context>(new tls_context(std::move(made)));
}

result<std::shared_ptr<const tls_context>> tls_context::for_client(
    const std::optional<path>& authority) {
  auto made = std::make_unique<state>(ssl::context::tls_client);
  error_code code;
  made->context.set_verify_mode(ssl::verify_peer, code);
  if (authority) {
    made->context.load_verify_file(authority->string(), code);
    if (code)
      return failed("certificates", *authority, code);
  } else {
    made->context.set_default_verify_paths(code);
  }
  return std::shared_ptr<const tls_context>(new tls_context(std::move(made)));
}

struct tls_session::state {
  SSL* session = nullptr;

  ~state() {
    // A word of farewell, so that the peer knows that nothing was cut off; it is
    // not waited for.
    if (session != nullptr && SSL_is_init_finished(session) == 1)
      SSL_shutdown(session);
    ERR_clear_error();
    SSL_free(session);
  }

  /// Calls an operation of the library, which says 1 when it is done.
  template <class Operation>
  tls_wants attempt(error_code& error, Operation operation) const {
    error = {};
    ERR_clear_error();
    errno = 0;
    const int done = operation(session);
    return done == 1 ? tls_wants::nothing : judge(done, error);
  }

  /// What the return value of an operation means.
  tls_wants judge(int returned, error_code& error) const {
    const int said = errno;
    switch (SSL_get_error(session, returned)) {
      case SSL_ERROR_WANT_READ:
        return tls_wants::reading;
      case SSL_ERROR_WANT_WRITE:
        return tls_wants::writing;
      case SSL_ERROR_ZERO_RETURN:
        error = boost::asio::error::eof;
        return tls_wants::nothing;
      case SSL_ERROR_SYSCALL:
        error = said == 0 ? error_code(boost::asio::error::eof)
                          : error_code(said, boost::system::system_category());
        return tls_wants::nothing;
      default:
        error = error_code(static_cast<int>(ERR_get_error()),
                           boost::asio::error::get_ssl_category());
        if (!error)
          error = boost::asio::error::eof;
        return tls_wants::nothing;
    }
  }
};

tls_session::tls_session(std::unique_ptr<state> made)
    : state_(std::move(made)) {}
tls_session::~tls_session() = default;

result<std::unique_ptr<tls_session>> tls_session::open(
    const tls_context& with, int socket, const std::string& host) {
  auto made = std::make_unique<state>();
  auto& context = const_cast<ssl::context&>(with.inner().context);
  made->session = SSL_new(context.native_handle());
  auto* session = made->session;
  bool fine = session != nullptr && SSL_set_fd(session, socket) == 1;
  if (fine && host.empty()) {
    SSL_set_accept_state(session);
  } else if (fine) {
    SSL_set_connect_state(session);
    auto* wanted = SSL_get0_param(session);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) {
      fine = SSL_set1_host(session, host.c_str()) == 1 &&
             SSL_set_tlsext_host_name(session, host.c_str()) == 1;
    }
  }
  if (!fine) {
    const error_code code(static_cast<int>(ERR_get_error()),
                          boost::asio::error::get_ssl_category());
    return failure(code, "TLS: " + code.message());
  }
  return std::unique_ptr<tls_session>(new tls_session(std::move(made)));
}

tls_wants tls_session::shake_hands(error_code& error) {
  return state_->attempt(error,
                         [](SSL* with) { return SSL_do_handshake(with); });
}

std::size_t tls_session::receive(boost::asio::mutable_buffer into,
                                 tls_wants& wants, error_code& error) {
  std::size_t size = 0;
  wants = state_->attempt(error, [&](SSL* with) {
    return SSL_read_ex(with, into.data(), into.size(), &size);
  });
  return size;
}

std::size_t tls_session::send(boost::asio::const_buffer from, tls_wants& wants,
                              error_code& error) {
  std::size_t size = 0;
  wants = state_->attempt(error, [&](SSL* with) {
    return SSL_write_ex(with, from.data(), from.size(), &size);
  });
  return size;
}

bool tls_session::has_pending() const {
  return SSL_pending(state_->session) > 0;
}

std::string tls_session::fault(const error_code& error) const {
  const auto verified = SSL_get_verify_result(state_->session);
  return verified == X509_V_OK ? error.message()
                               : X509_verify_cert_error_string(verified);
}

}  // namespace instar::release_handler
