// TCP sockets, owned by the runtime: they outlive every upgrade, and reach a
// process as messages. As gen_tcp with {active, once}.
//
// A socket is a number, which may stand in a state. Its messages go to its
// controlling process, as info: net::accepted from a listener, net::data and
// net::closed from a connection. After each net::data nothing more comes until
// the process asks (`active_once`), so a flood waits in the kernel, not in a
// mailbox.
#pragma once

#include "base/result.hpp"
#include "runtime/pid.hpp"

#include <boost/describe/class.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace instar::net {

struct socket {
  std::uint64_t id = 0;
  explicit operator bool() const { return id != 0; }
  friend bool operator==(const socket&, const socket&) = default;
};
BOOST_DESCRIBE_STRUCT(socket, (), (id))

/// A listener has a new connection; it belongs to nobody until
/// controlling_process() is called.
struct accepted {
  socket listener;
  socket connection;
  std::string peer;
};
BOOST_DESCRIBE_STRUCT(accepted, (), (listener, connection, peer))

struct data {
  socket from;
  std::string bytes;
};
BOOST_DESCRIBE_STRUCT(data, (), (from, bytes))

/// The other side closed, or the connection failed; nothing comes after it.
struct closed {
  socket from;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(closed, (), (from, reason))

struct listen_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any
  int backlog = 1024;
};

/// Bytes that may wait to be sent on one connection; beyond, it is closed with
/// the reason `overflow`: a client that never reads must not hold the node's
/// memory.
inline constexpr std::size_t send_limit_bytes = 256u << 20;

/// The calling process becomes the controlling one. Errors: the system's.
result<socket> listen(const listen_options& options);
/// Port of a listener; 0 where it is gone.
std::uint16_t port_of(const socket& listener);
/// Gives the socket to another process; what it has not read goes there.
result<> controlling_process(const socket& connection, pid owner);
/// One more net::data, please.
void active_once(const socket& connection);
/// Queues bytes. Errors: closed.
result<> send(const socket& connection, std::string bytes);
/// After what is queued has been sent. No net::closed follows.
void close(const socket& either);

}  // namespace instar::net
