// What a module imports, read from its descriptor in the file.
#include "module/descriptor.hpp"
#include "module/elf_bytes.hpp"

#include <unordered_map>

namespace instar::module_file::detail {
namespace {

constexpr std::uint32_t most_imports = 4096;

// The addresses in a module's data, as the loader would write them.
class pointers {
public:
  pointers(const elf_bytes& file, std::span<const Elf64_Phdr> segments,
           const relocation_table& relocations)
      : file_(file), segments_(segments) {
    const auto count = relocations.size / sizeof(Elf64_Rela);
    if (count == 0)
      return;
    const auto table = offset_of(segments_, relocations.address);
    file_.range(table, relocations.size, "relocation table");
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto one = file_.at<Elf64_Rela>(table, i, "relocation table");
      const auto type = ELF64_R_TYPE(one.r_info);
      if (type == R_X86_64_RELATIVE || type == R_AARCH64_RELATIVE)
        relative_.emplace(one.r_offset, one.r_addend);
    }
  }

  std::uint64_t at(std::uint64_t address) const {
    const auto found = relative_.find(address);
    if (found != relative_.end())
      return static_cast<std::uint64_t>(found->second);
    // Packed relocations (RELR) leave the address where it belongs.
    const auto written =
        file_.at<std::uint64_t>(offset_of(segments_, address), 0, "pointer");
    if (written == 0)
      throw bad_bytes{"corrupt: a pointer is null"};
    return written;
  }

private:
  const elf_bytes& file_;
  std::span<const Elf64_Phdr> segments_;
  std::unordered_map<std::uint64_t, std::int64_t> relative_;
};

}  // namespace

std::uint64_t offset_of(std::span<const Elf64_Phdr> segments,
                        std::uint64_t address) {
  for (const auto& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  throw bad_bytes{"corrupt: an address lies in no loaded segment"};
}

std::optional<std::vector<module_import>> imports(
    elf_bytes& file, std::span<const Elf64_Phdr> segments,
    const relocation_table& relocations, std::uint64_t descriptor) {
  // A file that is no module of ours is judged by its note and its ABI tag, and
  // not by what stands where this version has its imports.
  try {
    const auto count = file.at<std::uint32_t>(
        offset_of(segments,
                  descriptor + offsetof(module_descriptor, import_count)),
        0, "descriptor");
    std::vector<module_import> found;
    if (count == 0)
      return found;
    if (count > most_imports)
      return std::nullopt;
    const pointers all(file, segments, relocations);
    const auto whole = file.range(0, file.size(), "file");
    const auto text_at = [&](std::uint64_t address) {
      return file.text(whole, offset_of(segments, all.at(address)));
    };
    auto row = all.at(descriptor + offsetof(module_descriptor, imports));
    for (std::uint32_t i = 0; i < count;
         ++i, row += sizeof(imported_function)) {
      auto module = text_at(row + offsetof(imported_function, module));
      auto name = text_at(row + offsetof(imported_function, name));
      found.push_back({std::move(module), std::move(name)});
    }
    return found;
  } catch (const bad_bytes&) {
    return std::nullopt;
  }
}

}  // namespace instar::module_file::detail
