// A module file as data: what its ELF headers, dynamic section, symbols and
// notes say, without mapping or running any of it.
//
// The file is untrusted: every access is checked against its end, and the text
// taken from it is limited. Whatever the bytes are, reading them gives an
// elf_file or bad_elf. Any thread.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace instar::module_file {

/// No module file is larger.
inline constexpr std::uint64_t most_file_bytes = std::uint64_t{1} << 30;
/// All names taken from one file together are no longer.
inline constexpr std::size_t most_text_bytes = std::size_t{64} << 20;

/// What INSTAR_EMIT_NOTE wrote (module/abi.hpp).
struct module_note {
  std::string abi_tag;
  std::string name;
  std::string vsn;
};

/// The parts of the module_descriptor that hold no address, read from the file.
struct descriptor_head {
  std::uint32_t size = 0;
  std::uint32_t version = 0;
  bool pinned = false;
  /// Where it lies when the module is loaded at 0.
  std::uint64_t address = 0;
};

/// A function of another module, called through the export table.
struct module_import {
  std::string module;
  std::string name;

  friend bool operator==(const module_import&, const module_import&) = default;
};

struct elf_file {
  /// EM_X86_64 and so on.
  std::uint16_t machine = 0;
  /// Dynamic symbols that are defined here and visible to others.
  std::vector<std::string> exports;
  /// Those of them with the binding STB_GNU_UNIQUE.
  std::vector<std::string> unique;
  /// Dynamic symbols that others must define.
  std::vector<std::string> undefined;
  /// DT_NEEDED.
  std::vector<std::string> needed;
  std::string soname;
  /// DT_RUNPATH, or DT_RPATH.
  std::string runpath;
  /// DT_FLAGS and DT_FLAGS_1.
  std::uint64_t flags = 0;
  std::uint64_t flags_1 = 0;
  bool text_relocations = false;
  bool executable_stack = false;
  bool has_thread_locals = false;
  /// Entries of DT_INIT_ARRAY; the compiler's own start file has one.
  std::uint64_t init_count = 0;
  /// Bytes of address space that it takes when it is loaded.
  std::uint64_t load_size = 0;
  /// In hexadecimal; empty where there is none.
  std::string build_id;
  /// The first note of ours, and how many there are.
  std::optional<module_note> note;
  std::size_t note_count = 0;
  /// Where the descriptor symbol is exported and lies in the file.
  std::optional<descriptor_head> descriptor;
  /// The descriptor's imports, in its order. Absent: they cannot be told, since
  /// the descriptor is another version's or the table is not where it says.
  std::optional<std::vector<module_import>> imports;
  /// Variables of the module's own that it can change, for people. Known only
  /// where the file has a .symtab.
  std::vector<std::string> writable_globals;
};

/// Errors: bad_elf.
result<elf_file> parse_elf(std::string_view bytes);

/// As parse_elf, of a file; its name begins every error text. Errors: bad_elf
/// and those of reading.
result<elf_file> read_elf(file_system& files, const path& file);

}  // namespace instar::module_file
