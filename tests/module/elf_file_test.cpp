#include "module/elf_file.hpp"

#include "module/abi.hpp"
#include "module/descriptor.hpp"
#include "module/errors.hpp"
#include "module/module_check.hpp"
#include "tests/module/module_files.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace instar::module_file {
namespace {

using names = std::vector<std::string>;

bool contains(const names& list, const char* name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Why `bytes` are no module.
std::string refusal(std::string_view bytes) {
  const auto parsed = parse_elf(bytes);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == make_error_code(errc::bad_elf));
  return parsed.error().message();
}

/// Overwrites a field of the ELF header.
template <class Field>
std::string with(std::string bytes, std::size_t offset, Field field) {
  std::memcpy(bytes.data() + offset, &field, sizeof field);
  return bytes;
}

/// Reads the bytes and judges what was read; nothing else may happen than a
/// result.
void survive(std::string_view bytes) {
  const auto parsed = parse_elf(bytes);
  if (parsed) {
    static_cast<void>(check_module(*parsed, {}));
  } else {
    CHECK(parsed.error().code == make_error_code(errc::bad_elf));
    CHECK_FALSE(parsed.error().context.empty());
  }
}

}  // namespace

TEST_SUITE("module/elf_file") {
  TEST_CASE("a module is read in full without running it") {
    const auto read = test::read_module("good");
    REQUIRE(read);
    CHECK(read->exports == names{descriptor_symbol});
    CHECK(read->unique.empty());
    CHECK(contains(read->undefined, "__cxa_throw"));
    CHECK(contains(read->needed, "libstdc++.so.6"));
    CHECK(read->soname == "");
    CHECK(read->runpath == "");
    CHECK_FALSE(read->text_relocations);
    CHECK_FALSE(read->executable_stack);
    CHECK(read->build_id.size() == 40);
    CHECK(read->load_size > 4096);
    CHECK(read->note_count == 1);
    REQUIRE(read->note);
    CHECK(read->note->abi_tag == INSTAR_ABI_TAG);
    CHECK(read->note->name == "good");
    CHECK(read->note->vsn == "1.0");
    CHECK(read->writable_globals.empty());
  }

  TEST_CASE("what the descriptor says without addresses is read") {
    const auto good = test::read_module("good");
    REQUIRE(good);
    REQUIRE(good->descriptor);
    CHECK(good->descriptor->size == sizeof(module_descriptor));
    CHECK(good->descriptor->version == descriptor_version);
    CHECK_FALSE(good->descriptor->pinned);
    const auto pinned = test::read_module("pinned");
    REQUIRE(pinned);
    REQUIRE(pinned->descriptor);
    CHECK(pinned->descriptor->pinned);
  }

  TEST_CASE("each property of a bad module is seen") {
    CHECK((test::read_module("nodelete")->flags_1 & DF_1_NODELETE) != 0);
    CHECK((test::read_module("static_tls")->flags & DF_STATIC_TLS) != 0);
    CHECK(test::read_module("static_tls")->has_thread_locals);
    CHECK(test::read_module("text_relocations")->text_relocations);
    CHECK(test::read_module("executable_stack")->executable_stack);
    CHECK(test::read_module("build_id")->build_id == "");
    CHECK(test::read_module("runpath")->runpath == "/opt/libraries");
    CHECK(test::read_module("two_notes")->note_count == 2);
    CHECK_FALSE(test::read_module("no_note")->note);
    CHECK_FALSE(test::read_module("no_descriptor")->descriptor);
    CHECK(contains(test::read_module("thread_atexit")->undefined,
                   "__cxa_thread_atexit"));
    CHECK(contains(test::read_module("needed")->needed,
                   "libtest_module_other.so"));
  }

  TEST_CASE("variables of the module's own are named and constants are not") {
    const auto read = test::read_module("doubtful");
    REQUIRE(read);
    CHECK(read->writable_globals ==
          names{"app::counter", "app::last_name",
                "app::next(std::string const&, int)::calls"});
  }

  TEST_CASE("a file without section headers is read by its segments") {
    auto bytes = with(test::module_bytes(), offsetof(Elf64_Ehdr, e_shnum),
                      std::uint16_t{0});
    const auto read = parse_elf(bytes);
    REQUIRE(read);
    CHECK(read->exports == names{descriptor_symbol});
    REQUIRE(read->note);
    CHECK(read->note->name == "tiny");
  }

  TEST_CASE("what is no shared object is refused") {
    CHECK(refusal("") == "not an ELF file");
    CHECK(refusal("\x7f"
                  "EL") == "not an ELF file");
    CHECK(refusal("#!/bin/sh\nexit 0\n") == "not an ELF file");
    CHECK(refusal("\x7f"
                  "ELF") ==
          "truncated or corrupt: the ELF header ends beyond the end of the "
          "file");
    const auto bytes = test::module_bytes();
    const auto* wrong = "not a 64-bit little-endian shared object";
    CHECK(refusal(with(bytes, EI_CLASS, char{ELFCLASS32})) == wrong);
    CHECK(refusal(with(bytes, EI_DATA, char{ELFDATA2MSB})) == wrong);
    CHECK(refusal(with(bytes, offsetof(Elf64_Ehdr, e_type),
                       std::uint16_t{ET_REL})) == wrong);
    CHECK(refusal(with(bytes, offsetof(Elf64_Ehdr, e_phoff),
                       std::uint64_t{UINT64_MAX - 8})) ==
          "truncated or corrupt: the program header table ends beyond the end "
          "of the file");
    CHECK(refusal(with(bytes, offsetof(Elf64_Ehdr, e_phnum),
                       std::uint16_t{0})) == "it has no dynamic section");
    CHECK(refusal(with(bytes, offsetof(Elf64_Ehdr, e_shoff),
                       std::uint64_t{bytes.size()})) ==
          "truncated or corrupt: the section header table ends beyond the end "
          "of the file");
  }

  TEST_CASE("an error names the file") {
    test::memory_file_system files;
    REQUIRE(files.make_folders("/lib"));
    REQUIRE(files.write("/lib/text.so", "a text"));
    const auto text = read_elf(files, "/lib/text.so");
    REQUIRE_FALSE(text);
    CHECK(text.error().message() == "/lib/text.so: not an ELF file");
    CHECK(text.error().tag() == "bad_elf");
    const auto missing = read_elf(files, "/lib/missing.so");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code ==
          boost::system::errc::no_such_file_or_directory);
  }

  TEST_CASE("a module truncated at any length is refused") {
    const auto bytes = test::module_bytes();
    REQUIRE(parse_elf(bytes));
    // Behind the headers, debug information makes the file long.
    std::size_t step = 1;
    for (std::size_t length = 0; length < bytes.size(); length += step) {
      if (length == 16384)
        step = 61;
      // A copy of that very length: a read beyond it is a sanitizer's error.
      const std::unique_ptr<char[]> copy(new char[length]);
      std::copy_n(bytes.begin(), length, copy.get());
      const auto parsed = parse_elf({copy.get(), length});
      if (parsed || parsed.error().context.empty()) {
        FAIL("truncated at " << length);
      }
    }
  }

  TEST_CASE("a module with any bytes changed is read or refused") {
    const auto seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto bytes = test::module_bytes();
    // Headers and tables of offsets lie in the first page, so most changes go
    // there.
    std::uniform_int_distribution<std::size_t> early(0, 4095);
    std::uniform_int_distribution<std::size_t> anywhere(0, bytes.size() - 1);
    std::uniform_int_distribution<int> byte(0, 255), changes(1, 8);
    for (int round = 0; round < 8000; ++round) {
      auto copy = bytes;
      for (int i = changes(random); i > 0; --i) {
        const auto at = round % 4 == 0 ? anywhere(random) : early(random);
        copy[at] = static_cast<char>(byte(random));
      }
      survive(copy);
    }
  }

  TEST_CASE(
      "a module with every byte of its headers changed is read or refused") {
    const auto bytes = test::module_bytes();
    for (std::size_t at = 0; at < 1024; ++at) {
      for (const int mask : {0x01, 0x80, 0xFF}) {
        auto copy = bytes;
        copy[at] = static_cast<char>(copy[at] ^ mask);
        survive(copy);
      }
    }
  }
}

}  // namespace instar::module_file
