// One end of a socket, a Unix one or TCP with TLS, with a deadline, as a stream that Beast reads and
// writes: the transport of the control API, for the server and for its clients.
//
// Every wait ends at the deadline, or when `stop_fd` becomes readable. A stream
// is used by one thread; whoever owns `stop_fd` may make it readable from any.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace instar::release_handler {

/// A file descriptor that is closed with its owner.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept;
  ~unique_fd();

  /// -1: none.
  int get() const { return fd_; }

private:
  int fd_ = -1;
};

/// Who is at the other end, as the kernel says.
struct peer_credentials {
  std::uint32_t uid = 0;
  std::uint32_t pid = 0;
};

class control_stream {
public:
  using milliseconds = std::chrono::milliseconds;

  /// `socket` is connected. `stop_fd`, or -1, must outlive the stream.
  control_stream(unique_fd socket, int stop_fd);

  /// To a node. Errors: the system's; connection_refused: nobody listens.
  static result<control_stream> connect(const path& socket, int stop_fd);

  /// To a node at `host`:`port`, with TLS; the certificate is verified. Waits
  /// `patience` at most. Errors: the system's, the library's.
  static result<control_stream> connect_tls(const std::string& host,
                                            const std::string& port,
                                            const tls_context& with,
                                            int stop_fd, milliseconds patience);

  /// Of a Unix socket. Errors: the system's.
  result<peer_credentials> peer() const;
  /// Where a TCP client comes from, ADDRESS:PORT.
  std::string peer_address() const;

  /// Puts TLS on the connection; until the deadline. `host` is empty on the
  /// server's side. Errors: timed_out, operation_aborted, the library's.
  result<> start_tls(const tls_context& with, const std::string& host);

  /// Still its.
  int descriptor() const { return socket_.get(); }

  /// For all waits from now on together; without it they may last forever.
  void expires_after(milliseconds time);
  void expires_never() { deadline_.reset(); }
  /// Once `stop_fd` was readable, what is being sent may take this long.
  void grace_after_stop(milliseconds time) { grace_ = time; }

  /// What Beast asks of a stream. Errors: eof, timed_out (the deadline),
  /// operation_aborted (`stop_fd`), the system's.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers,
                        boost::system::error_code& error) {
    const boost::asio::mutable_buffer into =
        first_of<boost::asio::mutable_buffer>(buffers);
    return receive(into, error);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers,
                         boost::system::error_code& error) {
    const boost::asio::const_buffer from =
        first_of<boost::asio::const_buffer>(buffers);
    return send(from, error);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    boost::system::error_code error;
    const auto size = read_some(buffers, error);
    if (error)
      throw boost::system::system_error(error);
    return size;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    boost::system::error_code error;
    const auto size = write_some(buffers, error);
    if (error)
      throw boost::system::system_error(error);
    return size;
  }

  /// Whether the peer has closed, or the stream is stopped.
  bool is_gone() const;

  /// Sends what fits without waiting, and says how much; would_block is none.
  std::size_t send_now(std::string_view bytes,
                       boost::system::error_code& error);

private:
  /// The first buffer that is not empty: a stream may take less than it is
  /// given.
  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end;
         ++at) {
      const Buffer one(*at);
      if (one.size() > 0)
        return one;
    }
    return {};
  }

  /// Until the socket is ready for what TLS wants.
  void wait(tls_wants wants, bool sending, boost::system::error_code& error);
  std::size_t receive_tls(boost::asio::mutable_buffer into,
                          boost::system::error_code& error);
  std::size_t receive(boost::asio::mutable_buffer into,
                      boost::system::error_code& error);
  std::size_t send(boost::asio::const_buffer from,
                   boost::system::error_code& error);
  /// Until one of the poll events is there; `sending` outlives a stop by the
  /// grace.
  void wait(short events, bool sending, boost::system::error_code& error);

  unique_fd socket_;
  std::unique_ptr<tls_session> tls_;
  /// What the last send that could not go on waits for.
  tls_wants sending_wants_ = tls_wants::writing;
  int stop_fd_;
  bool stopped_ = false;
  milliseconds grace_{0};
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace instar::release_handler
