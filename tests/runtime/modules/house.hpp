// What the processes around the event manager of docs/writing-modules.md tell
// each other.
#pragma once

#include "runtime/module.hpp"

#include <string>

namespace house {
inline namespace INSTAR_VSN {

/// An event.
struct login {
  std::string who;
};
BOOST_DESCRIBE_STRUCT(login, (), (who))

/// What one handler may be asked.
struct how_many {
  bool unused = false;
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(how_many, (), (unused))

}  // namespace INSTAR_VSN
}  // namespace house
