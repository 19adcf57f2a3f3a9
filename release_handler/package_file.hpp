// A package's file while it is read: once to check its signature, once to
// extract it. The hash of the second reading must be that of the first, so that
// nobody can exchange the bytes in between.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/minisign.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace instar::release_handler {

/// A real file; one thread.
class package_file {
public:
  /// Errors: no_such_file, bad_package (a pipe, a device, a folder), the
  /// system's.
  static result<package_file> open(const path& file);
  package_file(package_file&& other) noexcept;
  package_file& operator=(package_file&&) = delete;
  ~package_file();

  const path& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  /// How much was read since the start.
  std::uint64_t position() const { return position_; }

  /// The next bytes, 0 at the end.
  result<std::size_t> read(std::span<std::uint8_t> into);
  /// The hash of all that is left and all that was read. Then: restart().
  result<minisign::file_hash> finish();
  result<> restart();

private:
  struct hashing;
  explicit package_file(path name);

  path name_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  std::unique_ptr<hashing> hash_;
};

}  // namespace instar::release_handler
