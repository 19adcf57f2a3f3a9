#include "release_handler/control_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace instar::release_handler {
namespace {

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

unique_fd& unique_fd::operator=(unique_fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

unique_fd::~unique_fd() {
  if (fd_ >= 0)
    ::close(fd_);
}

control_stream::control_stream(unique_fd socket, int stop_fd)
    : socket_(std::move(socket)), stop_fd_(stop_fd) {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
}

result<control_stream> control_stream::connect(const path& socket,
                                               int stop_fd) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = socket.native();
  if (name.empty() || name.size() >= sizeof address.sun_path) {
    return failure(boost::system::errc::make_error_code(
                       boost::system::errc::filename_too_long),
                   fmt::format("{}: a socket's path has 1 to {} bytes", name,
                               sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  unique_fd fd(
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0 ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address) != 0) {
    const auto error = last_error();
    return failure(error, fmt::format("{}: {}", name, error.message()));
  }
  return control_stream(std::move(fd), stop_fd);
}

result<control_stream> control_stream::connect_tls(const std::string& host,
                                                   const std::string& port,
                                                   const tls_context& with,
                                                   int stop_fd,
                                                   milliseconds patience) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int why = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
      why != 0) {
    return failure(boost::system::errc::make_error_code(
                       boost::system::errc::host_unreachable),
                   fmt::format("{}:{}: {}", host, port, ::gai_strerror(why)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found,
                                                           &::freeaddrinfo);
  auto error = boost::system::errc::make_error_code(
      boost::system::errc::host_unreachable);
  for (const auto* one = all.get(); one != nullptr; one = one->ai_next) {
    unique_fd fd(::socket(one->ai_family,
                          SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0)
      continue;
    const int at = fd.get();
    control_stream stream(std::move(fd), stop_fd);
    stream.expires_after(patience);
    error = {};
    if (::connect(at, one->ai_addr, one->ai_addrlen) != 0) {
      if (errno == EINPROGRESS)
        stream.wait(POLLOUT, false, error);
      else
        error = last_error();
    }
    int why = 0;
    socklen_t size = sizeof why;
    if (!error && ::getsockopt(at, SOL_SOCKET, SO_ERROR, &why, &size) == 0 &&
        why != 0)
      error = {why, boost::system::system_category()};
    if (error)
      continue;
    if (auto done = stream.start_tls(with, host); !done) {
      return failure(done.error().code, fmt::format("{}:{}: {}", host, port,
                                                    done.error().message()));
    }
    stream.expires_never();
    return stream;
  }
  return failure(error, fmt::format("{}:{}: {}", host, port, error.message()));
}

std::string control_stream::peer_address() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                    &size) != 0 ||
      ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size,
                    host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an unknown address";
  return fmt::format("{}:{}", host.data(), port.data());
}

result<peer_credentials> control_stream::peer() const {
  ucred found{};
  socklen_t size = sizeof found;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_PEERCRED, &found, &size) != 0)
    return failure(last_error(), "the peer's credentials");
  return peer_credentials{found.uid, static_cast<std::uint32_t>(found.pid)};
}

void control_stream::expires_after(milliseconds time) {
  deadline_ = std::chrono::steady_clock::now() + time;
}

void control_stream::wait(short events, bool sending,
                          boost::system::error_code& error) {
  for (;;) {
    int left = -1;
    if (deadline_) {
      const auto time = std::chrono::ceil<milliseconds>(
          *deadline_ - std::chrono::steady_clock::now());
      if (time.count() <= 0) {
        error = boost::asio::error::timed_out;
        return;
      }
      left = static_cast<int>(
          std::min<milliseconds::rep>(time.count(), 1'000'000));
    }
    // A stop is looked for once: after it the grace is the deadline.
    std::array<pollfd, 2> asked{pollfd{socket_.get(), events, 0},
                                pollfd{stopped_ ? -1 : stop_fd_, POLLIN, 0}};
    const int ready = ::poll(asked.data(), asked.size(), left);
    if (ready < 0 && errno != EINTR) {
      error = last_error();
      return;
    }
    if (ready <= 0)
      continue;
    if (asked[1].revents != 0) {
      stopped_ = true;
      const auto grace = std::chrono::steady_clock::now() + grace_;
      deadline_ = deadline_ ? std::min(*deadline_, grace) : grace;
    }
    if (stopped_ && !sending) {
      error = boost::asio::error::operation_aborted;
      return;
    }
    // Errors of the socket show with the next call on it.
    if (asked[0].revents != 0)
      return;
  }
}

void control_stream::wait(tls_wants wants, bool sending,
                          boost::system::error_code& error) {
  wait(static_cast<short>(wants == tls_wants::reading ? POLLIN : POLLOUT),
       sending, error);
}

result<> control_stream::start_tls(const tls_context& with,
                                   const std::string& host) {
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  INSTAR_TRY_ASSIGN(tls_, tls_session::open(with, socket_.get(), host));
  for (;;) {
    boost::system::error_code error;
    const auto wants = tls_->shake_hands(error);
    if (!error && wants == tls_wants::nothing)
      return {};
    if (!error)
      wait(wants, false, error);
    if (error)
      return failure(error, "TLS: " + tls_->fault(error));
  }
}

std::size_t control_stream::receive_tls(boost::asio::mutable_buffer into,
                                        boost::system::error_code& error) {
  error = {};
  if (!tls_->has_pending())
    wait(POLLIN, false, error);
  while (!error) {
    auto wants = tls_wants::nothing;
    const auto size = tls_->receive(into, wants, error);
    if (error || size > 0)
      return size;
    wait(wants, false, error);
  }
  return 0;
}

std::size_t control_stream::receive(boost::asio::mutable_buffer into,
                                    boost::system::error_code& error) {
  error = {};
  if (into.size() == 0)
    return 0;
  if (tls_)
    return receive_tls(into, error);
  for (;;) {
    // Before reading, so that a peer that sends without end does not outlast
    // the deadline or a stop.
    wait(POLLIN, false, error);
    if (error)
      return 0;
    const auto size = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (size > 0)
      return static_cast<std::size_t>(size);
    if (size == 0) {
      error = boost::asio::error::eof;
      return 0;
    }
    if (errno != EINTR && !would_block()) {
      error = last_error();
      return 0;
    }
  }
}

std::size_t control_stream::send(boost::asio::const_buffer from,
                                 boost::system::error_code& error) {
  error = {};
  if (from.size() == 0)
    return 0;
  for (;;) {
    const auto size =
        send_now({static_cast<const char*>(from.data()), from.size()}, error);
    if (error || size > 0)
      return size;
    wait(sending_wants_, true, error);
    if (error)
      return 0;
  }
}

bool control_stream::is_gone() const {
  pollfd stop{stop_fd_, POLLIN, 0};
  if (stop_fd_ >= 0 && ::poll(&stop, 1, 0) > 0)
    return true;
  pollfd peer{socket_.get(), POLLRDHUP, 0};
  return ::poll(&peer, 1, 0) > 0;
}

std::size_t control_stream::send_now(std::string_view bytes,
                                     boost::system::error_code& error) {
  error = {};
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    if (tls_) {
      const auto part = tls_->send(
          boost::asio::buffer(bytes.data() + sent, bytes.size() - sent),
          sending_wants_, error);
      sent += part;
      if (part == 0)
        break;
      continue;
    }
    const auto size = ::send(socket_.get(), bytes.data() + sent,
                             bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size >= 0) {
      sent += static_cast<std::size_t>(size);
    } else if (would_block()) {
      break;
    } else if (errno != EINTR) {
      error = last_error();
      break;
    }
  }
  return sent;
}

}  // namespace instar::release_handler
