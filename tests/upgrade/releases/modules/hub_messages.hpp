// What the event handlers of the test modules understand, in every version.
#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace hub {
inline namespace INSTAR_VSN {

/// An event: noted.
struct tick {
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(tick, (), (number))

/// All numbers noted, in order.
struct ticks {
  bool unused = false;
  using reply = std::vector<std::int64_t>;
};
BOOST_DESCRIBE_STRUCT(ticks, (), (unused))

}  // namespace INSTAR_VSN
}  // namespace hub
