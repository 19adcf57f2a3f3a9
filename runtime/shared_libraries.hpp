// Libraries that modules share: mapped once, one version of each in a node,
// never unloaded. ld.so takes the first library of a name for every later
// module that needs it, so another version of it must be refused, not tried.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace instar {

/// Any thread.
class shared_libraries {
public:
  /// Private copies go to `spool`.
  explicit shared_libraries(path spool) : spool_(std::move(spool)) {}
  shared_libraries(const shared_libraries&) = delete;
  shared_libraries& operator=(const shared_libraries&) = delete;

  /// Maps a library of an application, or finds it mapped. Errors: bad_elf,
  /// bad_dependency (it has no name, cannot be mapped, or another build of that
  /// name is mapped).
  result<> use(file_system& files, const path& file);
  /// Allows one that ld.so finds among the system's.
  void allow(const std::string& name);

  /// What a module may need besides default_libraries().
  std::vector<std::string> names() const;

private:
  struct library {
    std::string build_id;
    std::string origin;
  };

  path spool_;
  mutable std::mutex mutex_;
  // By its name (DT_SONAME); the system's have no origin.
  std::map<std::string, library> libraries_;
};

}  // namespace instar
