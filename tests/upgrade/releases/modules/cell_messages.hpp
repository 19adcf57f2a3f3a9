// What the processes of the test modules understand, in every version.
#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cell {
inline namespace INSTAR_VSN {

/// Which code runs: "red 1.0".
struct who {
  bool unused = false;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(who, (), (unused))

/// All numbers noted, in order.
struct heard {
  bool unused = false;
  using reply = std::vector<std::int64_t>;
};
BOOST_DESCRIBE_STRUCT(heard, (), (unused))

/// As cast and as info: noted.
struct note {
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(note, (), (number))

/// Sends itself note{number} after that time.
struct note_later {
  std::int64_t ms = 0;
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(note_later, (), (ms, number))

/// Calls the first of `path` with the rest, and answers how many took part.
struct pass {
  std::vector<std::string> path;
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(pass, (), (path))

/// Writes a byte to `entered`, and returns when it has read one from `leave`.
struct block {
  std::int64_t entered = 0;
  std::int64_t leave = 0;
};
BOOST_DESCRIBE_STRUCT(block, (), (entered, leave))

/// What ink makes of a number, by an external call.
struct show {
  std::int64_t number = 0;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(show, (), (number))

/// Listens, and answers each line with itself; its port.
struct listen {
  bool unused = false;
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(listen, (), (unused))

}  // namespace INSTAR_VSN
}  // namespace cell
