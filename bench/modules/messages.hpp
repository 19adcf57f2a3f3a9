// What the benchmark's processes are asked.
#pragma once

#include "runtime/module.hpp"

#include <cstdint>
#include <string>

namespace bench {
inline namespace INSTAR_VSN {

struct ping {
  std::uint64_t number = 0;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(ping, (), (number))

struct tick {
  std::uint64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(tick, (), (number))

/// Call `target` that many times, one after the other.
struct make_calls {
  instar::pid target;
  std::uint64_t count = 0;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(make_calls, (), (target, count))

/// Cast to `target` that many times, then wait until it has handled them.
struct make_casts {
  instar::pid target;
  std::uint64_t count = 0;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(make_casts, (), (target, count))

/// Call a small function that many times, in one of four ways; the reply is how
/// many nanoseconds all of them took.
struct make_steps {
  std::string how;
  std::uint64_t count = 0;
  using reply = std::uint64_t;
};
BOOST_DESCRIBE_STRUCT(make_steps, (), (how, count))

}  // namespace INSTAR_VSN
}  // namespace bench
