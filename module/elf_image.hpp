// A module file's constant data as it would lie in memory: addresses instead of
// offsets, and pointers as the loader would set them. For
// module_description.cpp only.
//
// As elf_bytes: what lies outside throws bad_bytes.
#pragma once

#include "module/elf_bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace instar::module_file::detail {

class elf_image {
public:
  /// `bytes` must outlive this. Throws bad_bytes.
  explicit elf_image(std::string_view bytes);

  /// What lies at an address; `what` names it in the error.
  template <class T>
  T at(std::uint64_t address, const char* what) const {
    return file_.at<T>(offset_of(address, sizeof(T)), 0, what);
  }
  /// Where the pointer at an address points to; 0 for null, `elsewhere` for
  /// another file's.
  std::uint64_t pointer(std::uint64_t address, const char* what) const;
  static constexpr std::uint64_t elsewhere = UINT64_MAX;

  /// The zero-terminated string that a pointer at `address` points to.
  std::string text(std::uint64_t address, const char* what);

private:
  std::uint64_t offset_of(std::uint64_t address, std::uint64_t size) const;
  void read_relocations();

  elf_bytes file_;
  std::string_view bytes_;
  std::size_t taken_ = 0;
  std::vector<Elf64_Phdr> segments_;
  std::unordered_map<std::uint64_t, std::uint64_t> pointers_;
};

}  // namespace instar::module_file::detail
