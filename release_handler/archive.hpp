// Packages as files: .tar.zst in and out, by libarchive. Only the tar format
// and the zstd filter are enabled. Real files only; any thread.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/package_file.hpp"
#include "release_handler/package_path.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace instar::release_handler {

/// Extracts `package`, which stands at its start, into the folder `into`, which
/// exists and is empty. Files get mode 0755 if their owner may run them, else
/// 0644; nothing else of the archive's metadata is used. What a failure leaves
/// there is the caller's to remove. Errors: bad_package, package_path,
/// package_link, package_device, package_too_large, the system's.
result<> extract_archive(package_file& package, const path& into,
                         const package_limits& limits);

/// What the entries of `package`, which stands at its start, will take on a disk,
/// as far as they say; it stands at its start afterwards. No more is read of one
/// that breaks the limits: extract_archive refuses it. Errors: bad_package, the
/// system's.
result<std::uint64_t> archive_bytes(package_file& package,
                                    const package_limits& limits);

/// Writes a .tar.zst whose bytes depend only on the entries given and their
/// order: no times, no owners, and modes 0644 and 0755. The file appears under
/// its name, durable, with finish(); without it nothing stays.
class archive_writer {
public:
  static result<archive_writer> open(const path& output);
  archive_writer(archive_writer&&) noexcept;
  archive_writer& operator=(archive_writer&&) noexcept;
  ~archive_writer();

  result<> add_folder(const std::string& name);
  result<> add_file(const std::string& name, std::string_view bytes,
                    bool executable);
  result<> finish();

private:
  struct state;
  explicit archive_writer(std::unique_ptr<state> open);
  std::unique_ptr<state> state_;
};

}  // namespace instar::release_handler
