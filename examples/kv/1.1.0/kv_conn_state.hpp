// What a connection keeps between two messages.
#pragma once

#include "runtime/net.hpp"
#include "runtime/pid.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace kv {
inline namespace INSTAR_VSN {

/// What 1.0.0 kept.
struct conn_state_1_0 {
  instar::net::socket socket;
  std::vector<instar::pid> shards;
  std::string unread;
  std::uint64_t wanted_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(conn_state_1_0, (),
                      (socket, shards, unread, wanted_bytes))

struct conn_state {
  instar::net::socket socket;
  /// By number; null: to be looked up.
  std::vector<instar::pid> shards;
  /// The begin of a command, and how many bytes it has at least.
  std::string unread;
  std::uint64_t wanted_bytes = 0;
  /// Commands that it has read.
  std::uint64_t commands = 0;
  /// As CLIENT SETNAME says.
  std::string name;
};
BOOST_DESCRIBE_STRUCT(conn_state, (),
                      (socket, shards, unread, wanted_bytes, commands, name))

}  // namespace INSTAR_VSN
}  // namespace kv
