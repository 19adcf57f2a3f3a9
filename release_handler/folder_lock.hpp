// One node per folder: two would change the same files.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <memory>

namespace instar::release_handler {

/// Held by whoever changes a node's folder, for as long as it lives: the node that
/// runs, or a command while none does. A crash lets it go.
class folder_lock {
public:
  /// run/node.lock below `root`; run/ is there. Errors: install_in_progress.
  static result<std::unique_ptr<folder_lock>> take(const path& root);
  ~folder_lock();
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;

private:
  explicit folder_lock(int file) : file_(file) {}
  const int file_;
};

}  // namespace instar::release_handler
