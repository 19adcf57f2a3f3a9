// Bounds-checked access to the bytes of an ELF file. For the sources of this
// folder that read one.
//
// An access beyond the end throws bad_bytes, which parse_elf turns into
// bad_elf: a result at every field would bury the format.
#pragma once

#include "module/elf_file.hpp"

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace instar::module_file::detail {

struct bad_bytes {
  std::string text;
};

class elf_bytes {
public:
  explicit elf_bytes(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t size() const { return bytes_.size(); }

  /// The bytes of a range; `what` names it in the error.
  std::string_view range(std::uint64_t offset, std::uint64_t length,
                         const char* what) const {
    if (offset > bytes_.size() || length > bytes_.size() - offset) {
      throw bad_bytes{std::string("truncated or corrupt: the ") + what +
                      " ends beyond the end of the file"};
    }
    return bytes_.substr(offset, length);
  }

  /// A copy of entry `index` of a table; the file may lie at any alignment.
  template <class Entry>
  Entry at(std::uint64_t table, std::uint64_t index, const char* what) const {
    static_assert(std::is_trivially_copyable_v<Entry>);
    std::uint64_t offset = 0;
    if (__builtin_mul_overflow(index, sizeof(Entry), &offset) ||
        __builtin_add_overflow(offset, table, &offset)) {
      offset = UINT64_MAX;
    }
    Entry entry;
    std::memcpy(&entry, range(offset, sizeof entry, what).data(), sizeof entry);
    return entry;
  }

  /// The zero-terminated string at `offset` of a string table.
  std::string text(std::string_view table, std::uint64_t offset) {
    const auto end = offset < table.size() ? table.find('\0', offset)
                                           : std::string_view::npos;
    if (end == std::string_view::npos) {
      throw bad_bytes{
          "truncated or corrupt: a name lies beyond its string table"};
    }
    taken_ += end - offset;
    if (taken_ > most_text_bytes) {
      throw bad_bytes{"corrupt: its names are longer than " +
                      std::to_string(most_text_bytes) + " bytes together"};
    }
    return std::string(table.substr(offset, end - offset));
  }

private:
  std::string_view bytes_;
  std::size_t taken_ = 0;
};

/// Where the dynamic section says that these tables lie; 0 where it does not.
struct symbol_places {
  std::uint64_t symbols_at = 0;
  std::uint64_t hash_at = 0;
  std::uint64_t gnu_hash_at = 0;
};

/// How many dynamic symbols there are, which no header says: the hash tables
/// do, but the GNU one leaves out those that are undefined where none is
/// defined; then the section headers know.
std::uint64_t symbol_count(const elf_bytes& file, const Elf64_Ehdr& header,
                           const symbol_places& places);

/// Where an address of the loaded module lies in the file.
std::uint64_t offset_of(std::span<const Elf64_Phdr> segments,
                        std::uint64_t address);

/// DT_RELA and DT_RELASZ: as an address, and in bytes.
struct relocation_table {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

/// The imports of the descriptor at that address of the loaded module. Its
/// pointers are relocations, which are looked up rather than applied.
std::optional<std::vector<module_import>> imports(
    elf_bytes& file, std::span<const Elf64_Phdr> segments,
    const relocation_table& relocations, std::uint64_t descriptor);

/// Variables that the module can change, by .symtab; empty without one. Not
/// those of the toolchain, of libraries' headers, and of instar::detail.
std::vector<std::string> writable_globals(elf_bytes& file,
                                          const Elf64_Ehdr& header);

}  // namespace instar::module_file::detail
