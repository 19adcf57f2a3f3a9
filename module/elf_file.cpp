#include "module/elf_file.hpp"

#include "module/descriptor.hpp"
#include "module/elf_bytes.hpp"
#include "module/errors.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace instar::module_file {
namespace {

using detail::bad_bytes;
using detail::elf_bytes;

constexpr std::string_view note_owner{"instar\0", 7};

std::uint64_t aligned(std::uint64_t at, std::uint64_t to) {
  return (at + to - 1) & ~(to - 1);
}

class reader {
public:
  explicit reader(std::string_view bytes) : file_(bytes) {}

  elf_file read() {
    header_ = read_header();
    read_segments();
    read_dynamic();
    read_symbols();
    read_descriptor();
    made_.writable_globals = detail::writable_globals(file_, header_);
    return std::move(made_);
  }

private:
  Elf64_Ehdr read_header() {
    if (file_.size() < SELFMAG ||
        file_.range(0, SELFMAG, "magic number") != ELFMAG) {
      throw bad_bytes{"not an ELF file"};
    }
    const auto header = file_.at<Elf64_Ehdr>(0, 0, "ELF header");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_DYN ||
        header.e_phentsize != sizeof(Elf64_Phdr)) {
      throw bad_bytes{"not a 64-bit little-endian shared object"};
    }
    made_.machine = header.e_machine;
    return header;
  }

  void read_segments() {
    for (std::uint16_t i = 0; i < header_.e_phnum; ++i) {
      segments_.push_back(
          file_.at<Elf64_Phdr>(header_.e_phoff, i, "program header table"));
    }
    for (const auto& segment : segments_) {
      switch (segment.p_type) {
        case PT_LOAD: {
          file_.range(segment.p_offset, segment.p_filesz, "loaded segment");
          std::uint64_t end = 0;
          if (__builtin_add_overflow(segment.p_vaddr, segment.p_memsz, &end)) {
            throw bad_bytes{"corrupt: a segment is larger than memory"};
          }
          made_.load_size = std::max(made_.load_size, end);
          break;
        }
        case PT_TLS:
          made_.has_thread_locals = true;
          break;
        case PT_GNU_STACK:
          made_.executable_stack = (segment.p_flags & PF_X) != 0;
          break;
        case PT_NOTE:
          read_notes(file_.range(segment.p_offset, segment.p_filesz, "notes"),
                     segment.p_align == 8 ? 8 : 4);
          break;
        default:
          break;
      }
    }
  }

  // namesz, descsz, type, then name and description, each padded.
  void read_notes(std::string_view notes, std::uint64_t alignment) {
    while (notes.size() >= sizeof(Elf64_Nhdr)) {
      Elf64_Nhdr header;
      std::memcpy(&header, notes.data(), sizeof header);
      const auto description_at =
          aligned(sizeof header + header.n_namesz, alignment);
      if (description_at > notes.size() ||
          header.n_descsz > notes.size() - description_at) {
        throw bad_bytes{"truncated or corrupt: a note ends beyond its segment"};
      }
      take_note(header.n_type, notes.substr(sizeof header, header.n_namesz),
                notes.substr(description_at, header.n_descsz));
      notes.remove_prefix(std::min<std::uint64_t>(
          notes.size(), aligned(description_at + header.n_descsz, alignment)));
    }
  }

  void take_note(std::uint32_t type, std::string_view owner,
                 std::string_view description) {
    using namespace std::string_view_literals;
    if (owner == "GNU\0"sv && type == NT_GNU_BUILD_ID) {
      constexpr const char* digits = "0123456789abcdef";
      made_.build_id.clear();
      for (const char c : description) {
        const auto byte = static_cast<unsigned char>(c);
        made_.build_id += digits[byte >> 4];
        made_.build_id += digits[byte & 15];
      }
    } else if (owner == note_owner && type == 1) {
      ++made_.note_count;
      if (made_.note)
        return;
      module_note note;
      note.abi_tag = file_.text(description, 0);
      note.name = file_.text(description, note.abi_tag.size() + 1);
      note.vsn =
          file_.text(description, note.abi_tag.size() + note.name.size() + 2);
      made_.note = std::move(note);
    }
  }

  std::uint64_t offset_of(std::uint64_t address) const {
    return detail::offset_of(segments_, address);
  }

  void read_dynamic() {
    const auto found = std::find_if(
        segments_.begin(), segments_.end(),
        [](const auto& segment) { return segment.p_type == PT_DYNAMIC; });
    if (found == segments_.end())
      throw bad_bytes{"it has no dynamic section"};
    std::uint64_t strings_at = 0, strings_size = 0;
    std::optional<std::uint64_t> soname, runpath;
    std::vector<std::uint64_t> needed;
    for (std::uint64_t i = 0; i < found->p_filesz / sizeof(Elf64_Dyn); ++i) {
      const auto entry =
          file_.at<Elf64_Dyn>(found->p_offset, i, "dynamic section");
      const auto number = entry.d_un.d_val;
      if (entry.d_tag == DT_NULL)
        break;
      switch (entry.d_tag) {
        case DT_STRTAB:
          strings_at = offset_of(number);
          break;
        case DT_STRSZ:
          strings_size = number;
          break;
        case DT_SYMTAB:
          symbols_.symbols_at = offset_of(number);
          break;
        case DT_HASH:
          symbols_.hash_at = offset_of(number);
          break;
        case DT_GNU_HASH:
          symbols_.gnu_hash_at = offset_of(number);
          break;
        case DT_SONAME:
          soname = number;
          break;
        case DT_RPATH:
        case DT_RUNPATH:
          runpath = number;
          break;
        case DT_NEEDED:
          needed.push_back(number);
          break;
        case DT_RELA:
          relocations_.address = number;
          break;
        case DT_RELASZ:
          relocations_.size = number;
          break;
        case DT_FLAGS:
          made_.flags = number;
          break;
        case DT_FLAGS_1:
          made_.flags_1 = number;
          break;
        case DT_TEXTREL:
          made_.text_relocations = true;
          break;
        case DT_INIT_ARRAYSZ:
          made_.init_count = number / 8;
          break;
        default:
          break;
      }
    }
    if ((made_.flags & DF_TEXTREL) != 0)
      made_.text_relocations = true;
    if (strings_at == 0 || symbols_.symbols_at == 0) {
      throw bad_bytes{"it has no dynamic symbol table"};
    }
    strings_ = file_.range(strings_at, strings_size, "dynamic string table");
    for (const auto at : needed)
      made_.needed.push_back(name(at));
    if (soname)
      made_.soname = name(*soname);
    if (runpath)
      made_.runpath = name(*runpath);
  }

  std::string name(std::uint64_t at) { return file_.text(strings_, at); }

  void read_symbols() {
    const auto count = detail::symbol_count(file_, header_, symbols_);
    for (std::uint64_t i = 1; i < count; ++i) {
      const auto symbol =
          file_.at<Elf64_Sym>(symbols_.symbols_at, i, "dynamic symbol table");
      const auto binding = ELF64_ST_BIND(symbol.st_info);
      if (binding == STB_LOCAL)
        continue;
      auto text = name(symbol.st_name);
      if (symbol.st_shndx == SHN_UNDEF) {
        made_.undefined.push_back(std::move(text));
        continue;
      }
      if (binding == STB_GNU_UNIQUE)
        made_.unique.push_back(text);
      if (text == descriptor_symbol)
        descriptor_at_ = symbol.st_value;
      made_.exports.push_back(std::move(text));
    }
    std::sort(made_.exports.begin(), made_.exports.end());
    std::sort(made_.unique.begin(), made_.unique.end());
    std::sort(made_.undefined.begin(), made_.undefined.end());
  }

  void read_descriptor() {
    if (!descriptor_at_)
      return;
    const auto at = offset_of(*descriptor_at_);
    constexpr const char* what = "descriptor";
    descriptor_head head;
    head.address = *descriptor_at_;
    head.size = file_.at<std::uint32_t>(at + offsetof(module_descriptor, size),
                                        0, what);
    head.version = file_.at<std::uint32_t>(
        at + offsetof(module_descriptor, version), 0, what);
    if (head.size > offsetof(module_descriptor, pinned)) {
      head.pinned = file_.at<unsigned char>(
                        at + offsetof(module_descriptor, pinned), 0, what) == 1;
    }
    made_.descriptor = head;
    if (head.size == sizeof(module_descriptor) &&
        head.version == descriptor_version) {
      made_.imports =
          detail::imports(file_, segments_, relocations_, *descriptor_at_);
    }
  }

  elf_bytes file_;
  elf_file made_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  std::string_view strings_;
  detail::symbol_places symbols_;
  detail::relocation_table relocations_;
  std::optional<std::uint64_t> descriptor_at_;
};

}  // namespace

result<elf_file> parse_elf(std::string_view bytes) {
  try {
    return reader(bytes).read();
  } catch (const bad_bytes& why) {
    return failure(errc::bad_elf, why.text);
  }
}

result<elf_file> read_elf(file_system& files, const path& file) {
  INSTAR_TRY_ASSIGN(const std::string bytes, files.read(file, most_file_bytes));
  auto made = parse_elf(bytes);
  if (!made) {
    return failure(made.error().code,
                   file.string() + ": " + made.error().context);
  }
  return made;
}

}  // namespace instar::module_file
