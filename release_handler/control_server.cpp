#include "release_handler/control_server.hpp"

#include "release_handler/control_connection.hpp"
#include "release_handler/control_request.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace instar::release_handler {
namespace {

constexpr int backlog = 64;
/// When the process has no descriptor or thread left, it is tried again.
constexpr int pause_after_failure_ms = 100;

failure system_failure(const path& socket, const char* what) {
  const boost::system::error_code error(errno,
                                        boost::system::system_category());
  return {error,
          fmt::format("{}: {}: {}", socket.native(), what, error.message())};
}

failure in_use(const path& socket, const char* what) {
  return {
      boost::system::errc::make_error_code(boost::system::errc::address_in_use),
      fmt::format("{}: {}", socket.native(), what)};
}

/// Makes way for a new socket file.
result<> remove_stale(const path& socket) {
  struct stat found {};
  if (::lstat(socket.c_str(), &found) != 0) {
    if (errno == ENOENT)
      return {};
    return system_failure(socket, "looking for an old socket");
  }
  if (!S_ISSOCK(found.st_mode))
    return in_use(socket, "is there already and is no socket");
  const auto other = control_stream::connect(socket, -1);
  if (other)
    return in_use(socket, "another node listens there");
  // A full backlog too means that somebody listens.
  if (other.error().code != boost::system::errc::connection_refused)
    return in_use(socket, other.error().message().c_str());
  if (::unlink(socket.c_str()) != 0 && errno != ENOENT)
    return system_failure(socket, "removing the old socket");
  return {};
}

result<unique_fd> listen_on(const path& socket, const control_access& access) {
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
  INSTAR_TRY(remove_stale(socket));
  unique_fd fd(
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0)
    return system_failure(socket, "socket");
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
             sizeof address) != 0)
    return system_failure(socket, "bind");
  // Nobody can connect before listen, so no one comes in before the mode is
  // set.
  const mode_t mode =
      S_IRUSR | S_IWUSR | (access.group ? S_IRGRP | S_IWGRP : 0U);
  if (access.group &&
      ::chown(socket.c_str(), static_cast<uid_t>(-1), *access.group) != 0) {
    auto why = system_failure(
        socket, fmt::format("giving it to group {}, of which the node's user "
                            "must be a member",
                            access.named.group)
                    .c_str());
    ::unlink(socket.c_str());
    return why;
  }
  if (::chmod(socket.c_str(), mode) != 0 || ::listen(fd.get(), backlog) != 0) {
    auto why = system_failure(socket, "listen");
    ::unlink(socket.c_str());
    return why;
  }
  return fd;
}

/// HOST:PORT, where HOST may be an IPv6 address in brackets.
result<unique_fd> listen_on_tcp(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) {
    return failure(boost::system::errc::make_error_code(
                       boost::system::errc::invalid_argument),
                   address + ": expected HOST:PORT");
  }
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int why =
          ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                        address.c_str() + colon + 1, &hints, &found);
      why != 0) {
    return failure(boost::system::errc::make_error_code(
                       boost::system::errc::address_not_available),
                   fmt::format("{}: {}", address, ::gai_strerror(why)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found,
                                                           &::freeaddrinfo);
  unique_fd fd(
      ::socket(all->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (fd.get() < 0 ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd.get(), all->ai_addr, all->ai_addrlen) != 0 ||
      ::listen(fd.get(), backlog) != 0)
    return system_failure(address, "listen");
  return fd;
}

std::string address_of(const unique_fd& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(),
                host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  return fmt::format("{}:{}", host.data(), port.data());
}

}  // namespace

result<std::unique_ptr<control_server>> control_server::start(
    const path& socket, control_api& api, const control_limits& limits,
    control_access access) {
  unique_fd stop_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (stop_event.get() < 0)
    return system_failure(socket, "eventfd");
  unique_fd tcp_listener;
  if (access.tcp) {
    INSTAR_TRY_ASSIGN(tcp_listener, listen_on_tcp(access.tcp->address));
  }
  INSTAR_TRY_ASSIGN(auto listener, listen_on(socket, access));
  std::unique_ptr<control_server> server(new control_server(
      socket, api, limits, std::move(access), std::move(listener),
      std::move(tcp_listener), std::move(stop_event)));
  server->acceptor_ = std::thread([raw = server.get()] { raw->accept_all(); });
  return server;
}

control_server::control_server(path socket, control_api& api,
                               const control_limits& limits,
                               control_access access, unique_fd listener,
                               unique_fd tcp_listener, unique_fd stop_event)
    : socket_(std::move(socket)),
      api_(api),
      limits_(limits),
      access_(std::move(access)),
      tcp_address_(access_.tcp ? address_of(tcp_listener) : std::string()),
      listener_(std::move(listener)),
      tcp_listener_(std::move(tcp_listener)),
      stop_event_(std::move(stop_event)) {}

control_server::~control_server() {
  stop();
}

void control_server::stop() {
  if (!acceptor_.joinable())
    return;
  ::eventfd_write(stop_event_.get(), 1);
  acceptor_.join();
  // While we listen nobody takes it for stale, so it is ours.
  ::unlink(socket_.c_str());
  listener_ = unique_fd();
  tcp_listener_ = unique_fd();
  for (auto& one : clients_)
    one.thread.join();
  clients_.clear();
}

void control_server::accept_all() {
  for (;;) {
    // poll ignores a descriptor of -1.
    std::array<pollfd, 3> asked{pollfd{listener_.get(), POLLIN, 0},
                                pollfd{stop_event_.get(), POLLIN, 0},
                                pollfd{tcp_listener_.get(), POLLIN, 0}};
    ::poll(asked.data(), asked.size(), -1);
    if (asked[1].revents != 0)
      return;
    reap();
    if (asked[0].revents != 0)
      accept_one(listener_, false);
    if (asked[2].revents != 0)
      accept_one(tcp_listener_, true);
  }
}

void control_server::accept_one(const unique_fd& listener, bool is_tcp) {
  unique_fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const auto pause = [this] {
    pollfd stop{stop_event_.get(), POLLIN, 0};
    ::poll(&stop, 1, pause_after_failure_ms);
  };
  if (fd.get() < 0) {
    // The connection stays in the backlog, and would wake us at once.
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
        errno == ENOBUFS)
      pause();
    return;
  }
  control_stream stream(std::move(fd), stop_event_.get());
  // Over TCP nobody is told anything before TLS, for which nobody waits here.
  if (is_tcp && is_full(is_tcp))
    return;
  if (is_full(is_tcp)) {
    boost::system::error_code ignored;
    stream.send_now(detail::closing_response(error_response(
                        503, "too_many_connections",
                        fmt::format("{} clients are connected, and that is the "
                                    "limit: try again",
                                    limits_.connections))),
                    ignored);
    return;
  }
  auto& added = clients_.emplace_back();
  added.is_tcp = is_tcp;
  try {
    added.thread = std::thread(
        [this, &added](control_stream taken) {
          detail::serve_connection(std::move(taken), api_, limits_, access_,
                                   added.is_tcp);
          added.done.store(true, std::memory_order_release);
        },
        std::move(stream));
  } catch (const std::system_error&) {
    clients_.pop_back();
    pause();
  }
}

bool control_server::is_full(bool is_tcp) const {
  const auto count = static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(),
                    [&](const client& one) { return one.is_tcp == is_tcp; }));
  return count >= (is_tcp ? limits_.tcp_connections : limits_.connections);
}

void control_server::reap() {
  clients_.remove_if([](client& one) {
    if (!one.done.load(std::memory_order_acquire))
      return false;
    one.thread.join();
    return true;
  });
}

}  // namespace instar::release_handler
