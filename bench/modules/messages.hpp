// What the benchmark's processes are asked.
#pragma once

#include "runtime/module.hpp"

#include <cstdint>

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

}  // namespace INSTAR_VSN
}  // namespace bench
