#include "runtime/socket_server.hpp"

#include "runtime/errors.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/message.hpp"
#include "runtime/runtime.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>
#include <vector>

namespace instar {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// Waits with the connection, so it is small: what clients say at once, mostly.
constexpr std::size_t first_read_size = 1024;
/// Read on the stack where the first bytes filled their place.
constexpr std::size_t more_read_size = 63 * 1024;

failure closed_socket(const net::socket& s) {
  return {errc::closed, "socket " + std::to_string(s.id) + " is closed"};
}

}  // namespace

/// One connection. Its mutex guards everything; an operation of Asio's under
/// way keeps it alive.
class socket_server::connection
    : public std::enable_shared_from_this<connection> {
public:
  connection(socket_server& server, tcp::socket socket, std::uint64_t id)
      : server_(server), socket_(std::move(socket)), id_{id} {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
  }

  void set_owner(pid owner) {
    const std::lock_guard lock(mutex_);
    owner_ = owner;
  }

  void active_once() {
    const std::lock_guard lock(mutex_);
    if (is_reading_ || is_closed_)
      return;
    is_reading_ = true;
    start_read();
  }

  result<> send(std::string bytes) {
    const std::lock_guard lock(mutex_);
    if (is_closed_ || is_closing_)
      return closed_socket(id_);
    waiting_bytes_ += bytes.size();
    if (waiting_bytes_ > net::send_limit_bytes) {
      fail("overflow");
      return failure(errc::closed, "overflow: the other side does not read");
    }
    waiting_.push_back(std::move(bytes));
    if (!is_writing_)
      write_now();
    return {};
  }

  /// After what is queued.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
    owner_ = {};
    if (!is_writing_)
      shut();
  }

  /// At once.
  void drop() {
    const std::lock_guard lock(mutex_);
    owner_ = {};
    shut();
  }

private:
  // A read, not a wait for one: Asio asks epoll anew for each wait.
  void start_read() {
    socket_.async_read_some(
        boost::asio::buffer(first_bytes_),
        [self = shared_from_this()](const error_code& error, std::size_t got) {
          self->on_read(error, got);
        });
  }

  void on_read(const error_code& error, std::size_t got) {
    const std::lock_guard lock(mutex_);
    if (is_closed_)
      return;
    is_reading_ = false;
    if (error) {
      fail(error == boost::asio::error::eof ? "closed" : error.message());
      return;
    }
    std::string bytes(first_bytes_.data(), got);
    if (got == first_bytes_.size()) {
      std::array<char, more_read_size> buffer;
      error_code next_read_tells;
      const auto more =
          socket_.read_some(boost::asio::buffer(buffer), next_read_tells);
      bytes.append(buffer.data(), more);
    }
    const bool taken = server_.node_.deliver(
        owner_,
        make_message(net::data{id_, std::move(bytes)}, message_kind::info));
    if (!taken)
      shut();
  }

  // Most answers fit into the kernel's buffer at once.
  void write_now() {
    error_code error;
    while (!waiting_.empty()) {
      auto& first = waiting_.front();
      const auto sent =
          socket_.write_some(boost::asio::buffer(first.data() + sent_of_first_,
                                                 first.size() - sent_of_first_),
                             error);
      waiting_bytes_ -= sent;
      sent_of_first_ += sent;
      if (sent_of_first_ == first.size()) {
        waiting_.erase(waiting_.begin());
        sent_of_first_ = 0;
      }
      if (error)
        break;
    }
    if (error && error != boost::asio::error::would_block) {
      fail(error.message());
      return;
    }
    is_writing_ = !waiting_.empty();
    if (is_writing_) {
      socket_.async_wait(
          tcp::socket::wait_write,
          [self = shared_from_this()](const error_code& wait_error) {
            const std::lock_guard lock(self->mutex_);
            if (self->is_closed_)
              return;
            if (wait_error) {
              self->fail(wait_error.message());
            } else {
              self->write_now();
            }
          });
    } else if (is_closing_) {
      shut();
    }
  }

  void fail(const std::string& why) {
    if (is_closed_)
      return;
    const auto owner = owner_;
    shut();
    if (owner) {
      server_.node_.deliver(
          owner, make_message(net::closed{id_, why}, message_kind::info));
    }
  }

  void shut() {
    if (is_closed_)
      return;
    is_closed_ = true;
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    server_.forget(id_.id);
  }

  socket_server& server_;
  std::mutex mutex_;
  tcp::socket socket_;
  const net::socket id_;
  pid owner_;
  bool is_reading_ = false;
  std::array<char, first_read_size> first_bytes_;
  bool is_writing_ = false;
  bool is_closing_ = false;
  bool is_closed_ = false;
  std::vector<std::string> waiting_;
  std::size_t sent_of_first_ = 0;
  std::size_t waiting_bytes_ = 0;
};

class socket_server::listener : public std::enable_shared_from_this<listener> {
public:
  listener(socket_server& server, tcp::acceptor acceptor, std::uint64_t id,
           pid owner)
      : server_(server),
        acceptor_(std::move(acceptor)),
        id_{id},
        owner_(owner) {}

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& error,
                                                       tcp::socket socket) {
      const std::lock_guard lock(self->mutex_);
      if (self->is_closed_)
        return;
      if (!error)
        self->on_accept(std::move(socket));
      self->accept();
    });
  }

  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
  }

  void set_owner(pid owner) {
    const std::lock_guard lock(mutex_);
    owner_ = owner;
  }

  std::uint16_t port() const {
    error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

private:
  void on_accept(tcp::socket socket) {
    error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    const auto id = ++server_.last_id_;
    auto made = std::make_shared<connection>(server_, std::move(socket), id);
    {
      const std::lock_guard lock(server_.mutex_);
      server_.connections_.emplace(id, std::move(made));
      // Closed with the listener's owner, if that ends before it gives it away.
      server_.note_owner(id, owner_);
    }
    const bool taken = server_.node_.deliver(
        owner_, make_message(net::accepted{id_,
                                           {id},
                                           peer.address().to_string() + ":" +
                                               std::to_string(peer.port())},
                             message_kind::info));
    if (!taken)
      server_.close({id});
  }

  socket_server& server_;
  mutable std::mutex mutex_;
  tcp::acceptor acceptor_;
  const net::socket id_;
  pid owner_;
  bool is_closed_ = false;
};

socket_server::socket_server(runtime& node, boost::asio::io_context& io)
    : node_(node), io_(io) {}

socket_server::~socket_server() {
  close_all();
  if (node_.sockets() == this)
    node_.set_sockets(nullptr);
}

result<net::socket> socket_server::listen(const net::listen_options& options,
                                          pid owner) {
  error_code error;
  const auto address = boost::asio::ip::make_address(options.address, error);
  if (error) {
    return failure(error, "\"" + options.address + "\" is no address");
  }
  tcp::acceptor acceptor(io_);
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error)
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error)
    acceptor.bind(endpoint, error);
  if (!error)
    acceptor.listen(options.backlog, error);
  if (error) {
    return failure(error, "listen on " + options.address + ":" +
                              std::to_string(options.port) + ": " +
                              error.message());
  }
  const auto id = ++last_id_;
  auto made = std::make_shared<listener>(*this, std::move(acceptor), id, owner);
  {
    const std::lock_guard lock(mutex_);
    listeners_.emplace(id, made);
    note_owner(id, owner);
  }
  made->accept();
  return net::socket{id};
}

std::uint16_t socket_server::port_of(const net::socket& wanted) const {
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(wanted.id);
  return found == listeners_.end() ? std::uint16_t{0} : found->second->port();
}

std::shared_ptr<socket_server::connection> socket_server::find(
    const net::socket& wanted) const {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(wanted.id);
  return found == connections_.end() ? nullptr : found->second;
}

result<> socket_server::controlling_process(const net::socket& wanted,
                                            pid owner) {
  if (const auto found = find(wanted)) {
    found->set_owner(owner);
    const std::lock_guard lock(mutex_);
    if (!connections_.contains(wanted.id))
      return closed_socket(wanted);
    note_owner(wanted.id, owner);
  } else {
    std::shared_ptr<listener> listening;
    {
      const std::lock_guard lock(mutex_);
      const auto known = listeners_.find(wanted.id);
      if (known == listeners_.end())
        return closed_socket(wanted);
      listening = known->second;
      note_owner(wanted.id, owner);
    }
    // Without the lock: an accept takes the two in the other order.
    listening->set_owner(owner);
  }
  // It may have ended before it was noted here.
  if (node_.table().find_alive(owner) == nullptr)
    owner_ended(owner);
  return {};
}

/// Under the mutex.
void socket_server::note_owner(std::uint64_t id, pid owner) {
  disown(id);
  owner_of_.emplace(id, owner);
  owned_.emplace(owner, id);
}

/// Under the mutex.
void socket_server::disown(std::uint64_t id) {
  const auto found = owner_of_.find(id);
  if (found == owner_of_.end())
    return;
  owned_.erase({found->second, id});
  owner_of_.erase(found);
}

void socket_server::owner_ended(pid owner) {
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    for (auto one = owned_.lower_bound({owner, 0});
         one != owned_.end() && one->first == owner; ++one) {
      ids.push_back(one->second);
    }
  }
  for (const auto id : ids)
    close({id});
}

void socket_server::active_once(const net::socket& wanted) {
  if (const auto found = find(wanted))
    found->active_once();
}

result<> socket_server::send(const net::socket& wanted, std::string bytes) {
  const auto found = find(wanted);
  if (found == nullptr)
    return closed_socket(wanted);
  return found->send(std::move(bytes));
}

void socket_server::close(const net::socket& either) {
  if (const auto found = find(either)) {
    found->close();
    return;
  }
  std::shared_ptr<listener> gone;
  {
    const std::lock_guard lock(mutex_);
    const auto found = listeners_.find(either.id);
    if (found == listeners_.end())
      return;
    gone = std::move(found->second);
    listeners_.erase(found);
    disown(either.id);
  }
  gone->close();
}

void socket_server::close_all() {
  std::map<std::uint64_t, std::shared_ptr<listener>> listeners;
  std::map<std::uint64_t, std::shared_ptr<connection>> connections;
  {
    const std::lock_guard lock(mutex_);
    listeners.swap(listeners_);
    connections.swap(connections_);
    owner_of_.clear();
    owned_.clear();
  }
  for (auto& [id, one] : listeners)
    one->close();
  for (auto& [id, one] : connections)
    one->drop();
}

std::size_t socket_server::connection_count() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

void socket_server::forget(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  connections_.erase(id);
  disown(id);
}

}  // namespace instar
