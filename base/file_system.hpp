// Files, abstract so that a test can lose unsynced writes or fail at step n.
#pragma once

#include "base/result.hpp"

#include <boost/filesystem/path.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace instar {

using path = boost::filesystem::path;

enum class file_kind { missing, regular, folder, link, other };

/// Every operation of ours on disk, in steps that a crash may fall between.
/// Errors are the system's (`boost::system::errc`) with the path in the context.
/// Any thread.
class file_system {
public:
  virtual ~file_system() = default;

  virtual result<std::string> read(const path& file,
                                   std::uint64_t limit_bytes) = 0;
  /// Makes or truncates `file` and writes `bytes`; nothing is durable yet.
  virtual result<> write(const path& file, std::string_view bytes) = 0;
  virtual result<> append(const path& file, std::string_view bytes) = 0;
  /// fsync of a file or a folder.
  virtual result<> sync(const path& file_or_folder) = 0;
  virtual result<> rename(const path& from, const path& to) = 0;
  virtual result<> make_folders(const path& folder) = 0;
  virtual result<> remove(const path& file_or_empty_folder) = 0;
  virtual result<> remove_all(const path& tree) = 0;
  virtual result<> copy_file(const path& from, const path& to) = 0;
  virtual file_kind kind(const path& file) = 0;
  /// Names in a folder, sorted.
  virtual result<std::vector<std::string>> list(const path& folder) = 0;
};

/// Replaces `file` whole: temporary file, sync, rename, sync of the folder. After
/// a crash at any point it holds the old bytes or the new ones.
result<> replace_file(file_system& files, const path& file,
                      std::string_view bytes);

/// Whether a folder is on a file system mounted noexec, so that no module can be
/// mapped from it; false where that cannot be told.
bool forbids_execution(const path& folder);

/// The machine's file system.
class real_file_system final : public file_system {
public:
  result<std::string> read(const path& file,
                           std::uint64_t limit_bytes) override;
  result<> write(const path& file, std::string_view bytes) override;
  result<> append(const path& file, std::string_view bytes) override;
  result<> sync(const path& file_or_folder) override;
  result<> rename(const path& from, const path& to) override;
  result<> make_folders(const path& folder) override;
  result<> remove(const path& file_or_empty_folder) override;
  result<> remove_all(const path& tree) override;
  result<> copy_file(const path& from, const path& to) override;
  file_kind kind(const path& file) override;
  result<std::vector<std::string>> list(const path& folder) override;
};

}  // namespace instar
