// What the state machine of the test module turnstile understands, in every version.
#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gate {
inline namespace INSTAR_VSN {

/// A cast: waits until the gate is open, then is noted.
struct coin {
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(coin, (), (number))

/// Opens the gate, for that long; false: it is open already.
struct unlock {
  std::int64_t ms = 0;
  using reply = bool;
};
BOOST_DESCRIBE_STRUCT(unlock, (), (ms))

/// Of the state timeout, and a cast.
struct lock {
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(lock, (), (unused))

/// Answered when the gate is shut, by the version that is there then.
struct when_shut {
  using reply = std::string;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(when_shut, (), (unused))

/// Rings after that time, whatever the state: it is noted as -`number`.
struct set_bell {
  std::int64_t number = 0;
  std::int64_t ms = 0;
  using reply = bool;
};
BOOST_DESCRIBE_STRUCT(set_bell, (), (number, ms))
struct bell {
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(bell, (), (number))

/// "turnstile 1.0 shut"
struct look {
  using reply = std::string;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(look, (), (unused))

struct noted {
  using reply = std::vector<std::int64_t>;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(noted, (), (unused))

}  // namespace INSTAR_VSN
}  // namespace gate
