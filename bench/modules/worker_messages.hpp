// What the processes of the message benchmarks are asked.
#pragma once

#include "messages.hpp"

#include <string>
#include <vector>

namespace bench {
inline namespace INSTAR_VSN {

/// Answered when that many ticks more have come.
struct await_ticks {
  std::uint64_t count = 0;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(await_ticks, (), (count))

/// Call `target` that many times, one after the other.
struct call_many {
  instar::pid target;
  std::uint64_t count = 0;
  bool has_timeout = true;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(call_many, (), (target, count, has_timeout))

/// A cast: tick `target` that many times.
struct cast_many {
  instar::pid target;
  std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(cast_many, (), (target, count))

/// Each client calls or casts to the target of its place, or to the last one.
struct drive {
  std::vector<instar::pid> clients;
  std::vector<instar::pid> targets;
  std::uint64_t count = 0;
  bool casts = false;
  bool has_timeout = true;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(drive, (), (clients, targets, count, casts, has_timeout))

struct set_next {
  instar::pid next;
};
BOOST_DESCRIBE_STRUCT(set_next, (), (next))
/// Answered when a token has gone that many hops along the ring.
struct pass_token {
  std::uint64_t hops = 0;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(pass_token, (), (hops))
struct hop {
  std::uint64_t left = 0;
  instar::pid first;
};
BOOST_DESCRIBE_STRUCT(hop, (), (left, first))
struct token_back {};
BOOST_DESCRIBE_STRUCT(token_back, (), ())

struct spawn_many {
  std::string module;
  std::uint64_t count = 0;
  using reply = std::vector<instar::pid>;
};
BOOST_DESCRIBE_STRUCT(spawn_many, (), (module, count))
struct tick_all {
  std::vector<instar::pid> targets;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(tick_all, (), (targets))

/// Call them in an order of its own, one after the other, until stop_watching.
struct watched {
  double longest_us = 0;
  double mean_us = 0;
};
BOOST_DESCRIBE_STRUCT(watched, (), (longest_us, mean_us))
struct watch {
  std::vector<instar::pid> targets;
  std::uint64_t seed = 0;
  using reply = watched;
};
BOOST_DESCRIBE_STRUCT(watch, (), (targets, seed))
/// A cast to one that watches.
struct stop_watching {};
BOOST_DESCRIBE_STRUCT(stop_watching, (), ())

}  // namespace INSTAR_VSN
}  // namespace bench
