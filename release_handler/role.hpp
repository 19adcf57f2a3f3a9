// What somebody may do on a node.
#pragma once

namespace instar::release_handler {

/// Each may what the one before may, and more.
enum class role {
  none,     ///< nothing
  read,     ///< what only looks: GET, and a process's state
  operate,  ///< everything
};

}  // namespace instar::release_handler
