// A file system in memory that can fail or lose power at any step.
//
// What is durable is what POSIX promises and no more: the bytes of a file that
// was synced, and the names in a folder that was synced. A rename between two
// folders becomes durable whole, with the sync of either, as on every
// journaling file system. One thread at a time.
#pragma once

#include "base/file_system.hpp"

#include <boost/system/errc.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace instar::test {

/// What a power cut leaves.
enum class crash {
  /// Whatever was not synced is gone: bytes, names, renames and removals.
  lose_unsynced,
  /// The names are as they were last, but bytes that were not synced are gone.
  lose_unsynced_bytes,
  /// Everything written stays: what a killed process leaves.
  keep_everything,
};

class memory_file_system final : public file_system {
public:
  memory_file_system();

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

  /// The number of changes so far: each write, append, sync, rename and copy is
  /// one, and so is each folder made and each entry removed.
  std::size_t steps() const { return steps_; }
  /// The change number `step` (counted from 0 as steps() does) fails with
  /// `why`, once. A write that fails leaves half of its bytes.
  void fail_at(std::size_t step, boost::system::errc::errc_t why);
  /// That change and all later ones fail until crash(): the process is gone.
  void stop_at(std::size_t step);
  /// Whether stop_at() has taken effect.
  bool stopped() const { return stopped_; }
  /// Cuts the power and mounts again: nothing fails any more.
  void crash(test::crash what);
  /// Everything is durable from here on: the start of a test.
  void sync_all();

  /// Makes something that is neither a file nor a folder.
  void make_other(const path& file, file_kind kind);
  /// Every file and its bytes, and every folder with a final slash.
  std::map<std::string, std::string> tree() const;

private:
  struct node {
    file_kind kind = file_kind::regular;
    std::string bytes, durable_bytes;
    std::map<std::string, std::shared_ptr<node>> entries, durable_entries;
  };
  using node_pointer = std::shared_ptr<node>;
  /// A rename between folders that neither has been synced since.
  struct pending_rename {
    node_pointer from_folder;
    std::string from_name;
    node_pointer to_folder;
    std::string to_name;
    node_pointer moved;
  };

  node_pointer find(const path& file) const;
  result<node_pointer> folder_of(const path& file, std::string_view what) const;
  result<> step(std::string_view what, const path& file);
  result<> put(const path& file, std::string_view bytes, bool at_end,
               std::string_view what);
  result<> remove_tree(node& folder, const std::string& name,
                       const path& shown);
  static void restore(node& from, test::crash what);
  static void make_durable(node& from);
  static void collect(const node& from, const std::string& at,
                      std::map<std::string, std::string>& into);

  node_pointer root_;
  std::vector<pending_rename> pending_;
  std::size_t steps_ = 0;
  std::optional<std::size_t> fail_at_, stop_at_;
  boost::system::errc::errc_t fail_with_ = boost::system::errc::io_error;
  bool stopped_ = false;
};

}  // namespace instar::test
