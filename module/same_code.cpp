#include "module/same_code.hpp"

#include "module/elf_bytes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <vector>

namespace instar::module_file {
namespace {

std::string bytes_of_hex(std::string_view digits) {
  const auto number = [](char digit) {
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
  };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(number(digits[i]) * 16 + number(digits[i + 1]));
  }
  return bytes;
}

// As cmake/instar_module.cmake has it in INSTAR_VSN.
std::string mangled(std::string_view vsn) {
  constexpr const char* digits = "0123456789abcdef";
  std::string made;
  for (const char c : vsn) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      made += c;
    } else {
      made += '_';
      made += digits[byte >> 4U];
      made += digits[byte & 15U];
    }
  }
  return made;
}

// A version of few characters may be part of anything: only by itself is it one.
std::string text(const std::string& vsn) {
  constexpr std::size_t unmistakable = 3;
  if (vsn.size() >= unmistakable)
    return vsn;
  std::string alone(vsn.size() + 2, '\0');
  std::copy(vsn.begin(), vsn.end(), alone.begin() + 1);
  return alone;
}

// What may stand in the one file where the other one has its counterpart.
struct stand_in {
  std::string one;
  std::string other;
};

std::array<stand_in, 3> stand_ins(const elf_file& one, const elf_file& other) {
  std::array<stand_in, 3> all;
  all[0].one = bytes_of_hex(one.build_id);
  all[0].other = bytes_of_hex(other.build_id);
  if (!one.note || !other.note)
    return all;
  all[1].one = text(one.note->vsn);
  all[1].other = text(other.note->vsn);
  all[2].one = "_v" + mangled(one.note->vsn);
  all[2].other = "_v" + mangled(other.note->vsn);
  return all;
}

// How many bytes from `at` on a stand-in that covers `at` explains; 0: none.
std::size_t explained(std::string_view one, std::string_view other,
                      std::size_t at, std::span<const stand_in> by) {
  for (const auto& [here, there] : by) {
    if (here.size() != there.size())
      continue;
    for (std::size_t back = 0; back < here.size() && back <= at; ++back) {
      const auto start = at - back;
      if (one.substr(start, here.size()) == here &&
          other.substr(start, there.size()) == there) {
        return here.size() - back;
      }
    }
  }
  return 0;
}

bool is_equal(std::string_view one, std::string_view other,
              std::span<const stand_in> apart_from) {
  if (one.size() != other.size())
    return false;
  for (std::size_t at = 0; at < one.size();) {
    if (one[at] == other[at]) {
      ++at;
      continue;
    }
    const auto length = explained(one, other, at, apart_from);
    if (length == 0)
      return false;
    at += length;
  }
  return true;
}

// What is mapped, without the ELF header: it says where the symbols for
// debuggers lie, which are not.
std::vector<std::string_view> mapped(const detail::elf_bytes& file) {
  const auto header = file.at<Elf64_Ehdr>(0, 0, "ELF header");
  std::vector<std::string_view> all;
  for (std::uint16_t i = 0; i < header.e_phnum; ++i) {
    const auto segment =
        file.at<Elf64_Phdr>(header.e_phoff, i, "program header table");
    if (segment.p_type != PT_LOAD)
      continue;
    auto bytes =
        file.range(segment.p_offset, segment.p_filesz, "loaded segment");
    if (segment.p_offset == 0) {
      bytes.remove_prefix(
          std::min<std::size_t>(bytes.size(), sizeof(Elf64_Ehdr)));
    }
    all.push_back(bytes);
  }
  return all;
}

}  // namespace

bool is_same_code(std::string_view one, std::string_view other) {
  if (one == other)
    return true;
  const auto a = parse_elf(one);
  const auto b = parse_elf(other);
  if (!a || !b)
    return false;
  const auto apart_from = stand_ins(*a, *b);
  // parse_elf has looked at the headers and segments already.
  const auto here = mapped(detail::elf_bytes(one));
  const auto there = mapped(detail::elf_bytes(other));
  if (here.size() != there.size())
    return false;
  for (std::size_t i = 0; i < here.size(); ++i) {
    if (!is_equal(here[i], there[i], apart_from))
      return false;
  }
  return true;
}

}  // namespace instar::module_file
