#include "module/elf_image.hpp"

namespace instar::module_file::detail {
namespace {

constexpr std::uint64_t most_name_bytes = 4096;

#if defined(__aarch64__)
constexpr std::uint32_t relative = R_AARCH64_RELATIVE;
constexpr std::uint32_t symbolic = R_AARCH64_ABS64;
#else
constexpr std::uint32_t relative = R_X86_64_RELATIVE;
constexpr std::uint32_t symbolic = R_X86_64_64;
#endif

}  // namespace

elf_image::elf_image(std::string_view bytes) : file_(bytes), bytes_(bytes) {
  const auto header = file_.at<Elf64_Ehdr>(0, 0, "ELF header");
  for (std::uint16_t i = 0; i < header.e_phnum; ++i) {
    segments_.push_back(
        file_.at<Elf64_Phdr>(header.e_phoff, i, "program header table"));
  }
  read_relocations();
}

void elf_image::read_relocations() {
  std::uint64_t table = 0, size = 0, symbols = 0;
  for (const auto& segment : segments_) {
    if (segment.p_type != PT_DYNAMIC)
      continue;
    for (std::uint64_t i = 0; i < segment.p_filesz / sizeof(Elf64_Dyn); ++i) {
      const auto entry =
          file_.at<Elf64_Dyn>(segment.p_offset, i, "dynamic section");
      if (entry.d_tag == DT_NULL)
        break;
      if (entry.d_tag == DT_RELA)
        table = offset_of(entry.d_un.d_val, 0);
      if (entry.d_tag == DT_RELASZ)
        size = entry.d_un.d_val;
      if (entry.d_tag == DT_SYMTAB)
        symbols = offset_of(entry.d_un.d_val, 0);
    }
  }
  const auto whole = file_.range(table, size, "relocation table");
  for (std::uint64_t i = 0; i < whole.size() / sizeof(Elf64_Rela); ++i) {
    const auto one = file_.at<Elf64_Rela>(table, i, "relocation table");
    const auto addend = static_cast<std::uint64_t>(one.r_addend);
    const auto type = ELF64_R_TYPE(one.r_info);
    if (type == relative) {
      pointers_.emplace(one.r_offset, addend);
    } else if (type == symbolic) {
      const auto symbol = file_.at<Elf64_Sym>(symbols, ELF64_R_SYM(one.r_info),
                                              "dynamic symbol table");
      pointers_.emplace(one.r_offset, symbol.st_shndx == SHN_UNDEF
                                          ? elsewhere
                                          : symbol.st_value + addend);
    }
  }
}

std::uint64_t elf_image::offset_of(std::uint64_t address,
                                   std::uint64_t size) const {
  for (const auto& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr)
      continue;
    const auto inside = address - segment.p_vaddr;
    if (inside < segment.p_filesz && size <= segment.p_filesz - inside)
      return segment.p_offset + inside;
  }
  throw bad_bytes{"corrupt: an address lies in no loaded segment"};
}

std::uint64_t elf_image::pointer(std::uint64_t address,
                                 const char* what) const {
  // Packed relocations leave the address in its place, the others zero.
  const auto found = pointers_.find(address);
  return found != pointers_.end() ? found->second
                                  : at<std::uint64_t>(address, what);
}

std::string elf_image::text(std::uint64_t address, const char* what) {
  const auto start = offset_of(pointer(address, what), 1);
  auto rest = file_.range(start, bytes_.size() - start, what);
  rest = rest.substr(0, most_name_bytes + 1);
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) {
    throw bad_bytes{"corrupt: a name is longer than " +
                    std::to_string(most_name_bytes) + " bytes"};
  }
  taken_ += end;
  if (taken_ > most_text_bytes)
    throw bad_bytes{"corrupt: its names are too long together"};
  return std::string(rest.substr(0, end));
}

}  // namespace instar::module_file::detail
