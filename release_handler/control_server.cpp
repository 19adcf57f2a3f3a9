#include "release_handler/control_server.hpp"

#include "release_handler/control_connection.hpp"
#include "release_handler/control_request.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

result<unique_fd> listen_on(const path& socket) {
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
  if (::chmod(socket.c_str(), S_IRUSR | S_IWUSR) != 0 ||
      ::listen(fd.get(), backlog) != 0) {
    auto why = system_failure(socket, "listen");
    ::unlink(socket.c_str());
    return why;
  }
  return fd;
}

}  // namespace

result<std::unique_ptr<control_server>> control_server::start(
    const path& socket, control_api& api, const control_limits& limits) {
  unique_fd stop_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (stop_event.get() < 0)
    return system_failure(socket, "eventfd");
  INSTAR_TRY_ASSIGN(auto listener, listen_on(socket));
  std::unique_ptr<control_server> server(new control_server(
      socket, api, limits, std::move(listener), std::move(stop_event)));
  server->acceptor_ = std::thread([raw = server.get()] { raw->accept_all(); });
  return server;
}

control_server::control_server(path socket, control_api& api,
                               const control_limits& limits, unique_fd listener,
                               unique_fd stop_event)
    : socket_(std::move(socket)),
      api_(api),
      limits_(limits),
      listener_(std::move(listener)),
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
  for (auto& one : clients_)
    one.thread.join();
  clients_.clear();
}

void control_server::accept_all() {
  for (;;) {
    std::array<pollfd, 2> asked{pollfd{listener_.get(), POLLIN, 0},
                                pollfd{stop_event_.get(), POLLIN, 0}};
    ::poll(asked.data(), asked.size(), -1);
    if (asked[1].revents != 0)
      return;
    reap();
    if (asked[0].revents != 0)
      accept_one();
  }
}

void control_server::accept_one() {
  unique_fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
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
  if (clients_.size() >= limits_.connections) {
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
  try {
    added.thread = std::thread(
        [this, &added](control_stream taken) {
          detail::serve_connection(std::move(taken), api_, limits_);
          added.done.store(true, std::memory_order_release);
        },
        std::move(stream));
  } catch (const std::system_error&) {
    clients_.pop_back();
    pause();
  }
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
