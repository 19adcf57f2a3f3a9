#include "runtime/net.hpp"

#include "runtime/activation.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/socket_server.hpp"

namespace instar::net {
namespace {

socket_server* sockets() {
  auto& self = current_process();
  return self.is_zombie() ? nullptr : self.node().sockets();
}

failure no_sockets() {
  return current_process().is_zombie()
             ? failure(errc::noproc, "the process was killed")
             : failure(errc::not_supported, "this node has no sockets");
}

}  // namespace

result<socket> listen(const listen_options& options) {
  if (auto* all = sockets()) {
    return all->listen(options, current_process().self());
  }
  return no_sockets();
}

std::uint16_t port_of(const socket& listener) {
  auto* all = sockets();
  return all == nullptr ? std::uint16_t{0} : all->port_of(listener);
}

result<> controlling_process(const socket& connection, pid owner) {
  if (auto* all = sockets())
    return all->controlling_process(connection, owner);
  return no_sockets();
}

void active_once(const socket& connection) {
  if (auto* all = sockets())
    all->active_once(connection);
}

result<> send(const socket& connection, std::string bytes) {
  if (auto* all = sockets())
    return all->send(connection, std::move(bytes));
  return no_sockets();
}

void close(const socket& either) {
  if (auto* all = sockets())
    all->close(either);
}

}  // namespace instar::net
