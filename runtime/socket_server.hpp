// The sockets of a node: Boost.Asio's, on the scheduler's io_context. Their
// handlers are the runtime's own and only make messages, so no module code is
// ever inside one.
#pragma once

#include "runtime/net.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

namespace instar {

class runtime;

/// Any thread.
class socket_server {
public:
  socket_server(runtime& node, boost::asio::io_context& io);
  ~socket_server();
  socket_server(const socket_server&) = delete;
  socket_server& operator=(const socket_server&) = delete;

  result<net::socket> listen(const net::listen_options& options, pid owner);
  std::uint16_t port_of(const net::socket& listener) const;
  result<> controlling_process(const net::socket& connection, pid owner);
  void active_once(const net::socket& connection);
  result<> send(const net::socket& connection, std::string bytes);
  void close(const net::socket& either);
  /// A process has ended: what it owned is closed, as a port is with its owner.
  void owner_ended(pid owner);
  /// Closes everything without telling anybody.
  void close_all();
  std::size_t connection_count() const;

private:
  class listener;
  class connection;

  std::shared_ptr<connection> find(const net::socket& wanted) const;
  void forget(std::uint64_t id);
  void note_owner(std::uint64_t id, pid owner);
  void disown(std::uint64_t id);

  runtime& node_;
  boost::asio::io_context& io_;
  std::atomic<std::uint64_t> last_id_{0};
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<listener>> listeners_;
  std::map<std::uint64_t, std::shared_ptr<connection>> connections_;
  std::map<std::uint64_t, pid> owner_of_;
  std::set<std::pair<pid, std::uint64_t>> owned_;
};

}  // namespace instar
