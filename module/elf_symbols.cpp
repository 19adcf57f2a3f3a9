#include "module/elf_bytes.hpp"

#include <algorithm>

namespace instar::module_file::detail {
namespace {

// Header, bloom filter, buckets, then a chain per bucket whose last entry is
// odd.
std::uint64_t gnu_symbol_count(const elf_bytes& file, std::uint64_t table) {
  const auto word = [&](std::uint64_t at, std::uint64_t index) {
    return file.at<std::uint32_t>(at, index, "GNU hash table");
  };
  const std::uint64_t buckets = word(table, 0);
  const std::uint64_t first = word(table, 1);
  const std::uint64_t bloom_words = word(table, 2);
  const auto buckets_at = table + 16 + 8 * bloom_words;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < buckets; ++i) {
    last = std::max<std::uint64_t>(last, word(buckets_at, i));
  }
  if (last < first)
    return first;
  const auto chains_at = buckets_at + 4 * buckets;
  while ((word(chains_at, last - first) & 1) == 0)
    ++last;
  return last + 1;
}

}  // namespace

std::uint64_t symbol_count(const elf_bytes& file, const Elf64_Ehdr& header,
                           const symbol_places& places) {
  std::uint64_t count = 0;
  if (places.hash_at != 0) {
    count = file.at<std::uint32_t>(places.hash_at, 1, "hash table");
  } else if (places.gnu_hash_at != 0) {
    count = gnu_symbol_count(file, places.gnu_hash_at);
  }
  if (header.e_shentsize != sizeof(Elf64_Shdr))
    return count;
  for (std::uint16_t i = 0; i < header.e_shnum; ++i) {
    const auto section =
        file.at<Elf64_Shdr>(header.e_shoff, i, "section header table");
    if (section.sh_type == SHT_DYNSYM &&
        section.sh_offset == places.symbols_at) {
      count = std::max(count, section.sh_size / sizeof(Elf64_Sym));
    }
  }
  return count;
}

}  // namespace instar::module_file::detail
