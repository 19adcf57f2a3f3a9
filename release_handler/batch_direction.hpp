// An appup's words as the runtime's. Private to transactions.
#pragma once

#include "appup/instruction.hpp"
#include "module/change.hpp"
#include "runtime/upgrade_limits.hpp"

namespace instar::release_handler {

inline instar::direction to_runtime(appup::direction way) {
  return way == appup::direction::up ? instar::direction::up
                                     : instar::direction::down;
}

inline instar::direction opposite(instar::direction way) {
  return way == instar::direction::up ? instar::direction::down
                                      : instar::direction::up;
}

inline busy_policy to_runtime(appup::busy_policy policy) {
  switch (policy) {
    case appup::busy_policy::wait:
      return busy_policy::wait;
    case appup::busy_policy::restart:
      return busy_policy::restart;
    case appup::busy_policy::abort:
      break;
  }
  return busy_policy::abort;
}

}  // namespace instar::release_handler
