// Two file systems as one: some files and folders are in memory, where a test
// can fail a step or cut the power; the rest, such as the module files that are
// mapped, is on disk. As the file systems that it is made of, but a rename or a
// copy does not cross between them.
#pragma once

#include "base/file_system.hpp"
#include "tests/support/memory_file_system.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instar::test {

class routed_file_system final : public file_system {
public:
  /// Both must outlive this; what is below a name of `routed`, and NAME.ANYTHING,
  /// goes to `memory`, where it has the same path.
  routed_file_system(file_system& disk, memory_file_system& memory,
                     std::vector<path> routed)
      : disk_(disk), memory_(memory), routed_(std::move(routed)) {}

  result<std::string> read(const path& file,
                           std::uint64_t limit_bytes) override {
    return of(file).read(file, limit_bytes);
  }
  result<> write(const path& file, std::string_view bytes) override {
    return of(file).write(file, bytes);
  }
  result<> append(const path& file, std::string_view bytes) override {
    return of(file).append(file, bytes);
  }
  result<> sync(const path& file) override {
    // The names themselves are in the folder above.
    for (const auto& one : routed_) {
      if (file == one.parent_path())
        INSTAR_TRY(memory_.sync(file));
    }
    return of(file).sync(file);
  }
  result<> rename(const path& from, const path& to) override {
    return of(from).rename(from, to);
  }
  result<> make_folders(const path& folder) override {
    return of(folder).make_folders(folder);
  }
  result<> remove(const path& file) override { return of(file).remove(file); }
  result<> remove_all(const path& tree) override {
    return of(tree).remove_all(tree);
  }
  result<> copy_file(const path& from, const path& to) override {
    return of(to).copy_file(from, to);
  }
  file_kind kind(const path& file) override { return of(file).kind(file); }
  result<std::vector<std::string>> list(const path& folder) override {
    return of(folder).list(folder);
  }

private:
  file_system& of(const path& file) {
    const auto& name = file.native();
    for (const auto& one : routed_) {
      const auto& prefix = one.native();
      if (name.starts_with(prefix) &&
          (name.size() == prefix.size() || name[prefix.size()] == '/' ||
           name[prefix.size()] == '.')) {
        return memory_;
      }
    }
    return disk_;
  }

  file_system& disk_;
  memory_file_system& memory_;
  const std::vector<path> routed_;
};

}  // namespace instar::test
