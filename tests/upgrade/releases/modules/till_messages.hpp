// What the special process of the test module cashier understands, in every version.
#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace till {
inline namespace INSTAR_VSN {

/// Rings an amount up; the reply is how often that was done.
struct ring_up {
  std::int64_t amount = 0;
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(ring_up, (), (amount))

/// "cashier 1.0 sum 12"
struct look {
  using reply = std::string;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(look, (), (unused))

/// A cast: it goes to the current version.
struct change_shift {
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(change_shift, (), (unused))

/// A cast: it waits for one ring_up and for nothing else, also not to be suspended.
struct concentrate {
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(concentrate, (), (unused))

}  // namespace INSTAR_VSN
}  // namespace till
