#include "module/descriptor.hpp"
#include "module/elf_bytes.hpp"

#include <boost/algorithm/string/erase.hpp>
#include <boost/algorithm/string/replace.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace instar::module_file::detail {
namespace {

/// The demangler recurses; longer names are shown as they are.
constexpr std::size_t longest_demangled = 1024;

bool take(std::string_view& from, std::string_view prefix) {
  if (!from.starts_with(prefix))
    return false;
  from.remove_prefix(prefix.size());
  return true;
}

/// Whether the variable belongs to the toolchain, to a library whose headers
/// bring it along, or to instar itself: its author has nothing to say about it.
bool is_foreign(std::string_view name) {
  if (!take(name, "_Z")) {
    // C names: crtbegin.o, the linker, sanitizers and coverage.
    return name.starts_with("_") || name.starts_with("DW.ref.") ||
           name.starts_with("completed.") || name == descriptor_symbol;
  }
  // Guards (the variable itself has a symbol), vtables and type_info.
  if (name.starts_with("GV") || name.starts_with("T"))
    return true;
  // A temporary, a local of a function, a nested name, a const member.
  take(name, "GR");
  while (take(name, "Z")) {
  }
  if (take(name, "N")) {
    take(name, "V");
    take(name, "K");
  }
  constexpr std::array<std::string_view, 8> owners = {
      "St",           "Sa",     "Ss",   "9__gnu_cxx",
      "10__cxxabiv1", "5boost", "3fmt", "6instar"};
  return std::any_of(owners.begin(), owners.end(),
                     [&](auto owner) { return name.starts_with(owner); });
}

std::string demangled(const std::string& name) {
  if (name.size() > longest_demangled)
    return name;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  if (status != 0 || !text)
    return name;
  std::string made = text.get();
  boost::algorithm::erase_all(made, "[abi:cxx11]");
  boost::algorithm::replace_all(
      made,
      "std::__cxx11::basic_string<char, std::char_traits<char>, "
      "std::allocator<char> >",
      "std::string");
  return made;
}

}  // namespace

std::vector<std::string> writable_globals(elf_bytes& file,
                                          const Elf64_Ehdr& header) {
  std::vector<std::string> names;
  if (header.e_shentsize != sizeof(Elf64_Shdr))
    return names;
  const auto section = [&](std::uint64_t index) {
    return file.at<Elf64_Shdr>(header.e_shoff, index, "section header table");
  };
  // What the loader makes read-only after its relocations is constant.
  Elf64_Phdr constant{};
  for (std::uint16_t i = 0; i < header.e_phnum; ++i) {
    const auto segment =
        file.at<Elf64_Phdr>(header.e_phoff, i, "program header table");
    if (segment.p_type == PT_GNU_RELRO)
      constant = segment;
  }
  std::vector<bool> writable;
  std::optional<Elf64_Shdr> table;
  for (std::uint16_t i = 0; i < header.e_shnum; ++i) {
    const auto s = section(i);
    writable.push_back((s.sh_flags & (SHF_WRITE | SHF_ALLOC | SHF_TLS)) ==
                       (SHF_WRITE | SHF_ALLOC));
    if (s.sh_type == SHT_SYMTAB)
      table = s;
  }
  if (!table || table->sh_link >= header.e_shnum)
    return names;
  const auto strings_section = section(table->sh_link);
  const auto strings = file.range(strings_section.sh_offset,
                                  strings_section.sh_size, "string table");
  for (std::uint64_t i = 1; i < table->sh_size / sizeof(Elf64_Sym); ++i) {
    const auto symbol = file.at<Elf64_Sym>(table->sh_offset, i, "symbol table");
    if (ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_size == 0 ||
        symbol.st_shndx >= writable.size() || !writable[symbol.st_shndx] ||
        symbol.st_value - constant.p_vaddr < constant.p_memsz) {
      continue;
    }
    const auto name = file.text(strings, symbol.st_name);
    if (!is_foreign(name))
      names.push_back(demangled(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace instar::module_file::detail
