// What a connection (kv_conn) asks of a shard (kv_shard), and its answers.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace kv {
inline namespace INSTAR_VSN {

enum class operation : std::uint8_t {
  get,
  set,
  del,
  exists,
  add,
  expire,
  ttl,
  persist,
  writes,
  // Of the whole shard:
  keys,
  count,
  flush,
};
BOOST_DESCRIBE_ENUM(operation, get, set, del, exists, add, expire, ttl, persist,
                    writes, keys, count, flush)

/// When a set is done.
enum class condition : std::uint8_t { always, if_absent, if_present };
BOOST_DESCRIBE_ENUM(condition, always, if_absent, if_present)

struct request {
  operation what = operation::get;
  condition when = condition::always;
  /// set: the key keeps its deadline.
  bool keeps_deadline = false;
  /// add: by how much.
  std::int64_t number = 0;
  /// set and expire: when, by the date in milliseconds; 0: never.
  std::int64_t deadline_ms = 0;
  std::string key{};
  /// set: the value; keys: the pattern.
  std::string text{};
};
BOOST_DESCRIBE_STRUCT(request, (),
                      (what, when, keeps_deadline, number, deadline_ms, key,
                       text))

struct answer {
  /// What the answers of several keys or shards are added up from.
  std::int64_t number = 0;
  /// As the client reads it, RESP; of keys: without the array's head.
  std::string text{};
};
BOOST_DESCRIBE_STRUCT(answer, (), (number, text))

/// A call: what a connection wants of one shard, in the order of its commands.
struct batch {
  std::vector<request> requests;
  using reply = std::vector<answer>;
};
BOOST_DESCRIBE_STRUCT(batch, (), (requests))

/// A cast, to a connection that now owns its socket.
struct serve {
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(serve, (), (unused))

}  // namespace INSTAR_VSN
}  // namespace kv
