// An appup's direction as the runtime's. Private to transactions.
#pragma once

#include "appup/instruction.hpp"
#include "module/change.hpp"

namespace instar::release_handler {

inline instar::direction to_runtime(appup::direction way) {
  return way == appup::direction::up ? instar::direction::up
                                     : instar::direction::down;
}

inline instar::direction opposite(instar::direction way) {
  return way == instar::direction::up ? instar::direction::down
                                      : instar::direction::up;
}

}  // namespace instar::release_handler
