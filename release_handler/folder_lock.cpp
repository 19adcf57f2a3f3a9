#include "release_handler/folder_lock.hpp"

#include "release_handler/errors.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace instar::release_handler {

result<std::unique_ptr<folder_lock>> folder_lock::take(const path& root) {
  const auto name = root / "run" / "node.lock";
  const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (file >= 0)
      ::close(file);
    return failure(
        errc::install_in_progress,
        "another node runs in this folder (" + name.string() + " is locked)");
  }
  return std::unique_ptr<folder_lock>(new folder_lock(file));
}

folder_lock::~folder_lock() {
  ::close(file_);
}

}  // namespace instar::release_handler
