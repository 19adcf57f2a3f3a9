#include "module/module_description.hpp"

#include "module/errors.hpp"
#include "module/type_carry.hpp"
#include "module/type_walk.hpp"
#include "tests/module/module_files.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <elf.h>

#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace instar::module_file {
namespace {

std::string bytes_of(std::string_view module) {
  real_file_system files;
  return files.read(test::module_path(module), most_file_bytes).value();
}

module_description described() {
  auto read = describe_module(bytes_of("described"));
  REQUIRE(read);
  return std::move(*read);
}

/// A module file whose constants a test changes; places are addresses.
class module_image {
public:
  explicit module_image(std::string& bytes) : bytes_(bytes) {
    const auto header = at<Elf64_Ehdr>(0);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
      const auto one = at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
      if (one.p_type == PT_LOAD)
        segments_.push_back(one);
    }
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
      const auto one = at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr));
      for (std::size_t row = 0; one.sh_type == SHT_RELA && row < one.sh_size;
           row += sizeof(Elf64_Rela)) {
        relocations_.push_back(one.sh_offset + row);
      }
    }
  }

  template <class T>
  void put(std::uint64_t address, const T& what) {
    std::memcpy(bytes_.data() + offset_of(address), &what, sizeof what);
  }

  /// Where the pointer at an address points to.
  std::uint64_t target_of(std::uint64_t address) const {
    return static_cast<std::uint64_t>(
        at<Elf64_Rela>(relocation_of(address)).r_addend);
  }
  void point(std::uint64_t address, std::uint64_t target) {
    auto row = at<Elf64_Rela>(relocation_of(address));
    row.r_addend = static_cast<std::int64_t>(target);
    std::memcpy(bytes_.data() + relocation_of(address), &row, sizeof row);
  }

  /// The type node of a std::vector.
  std::uint64_t a_vector() const {
    for (const auto& segment : segments_) {
      for (std::uint64_t i = 0; i + sizeof(type_node) <= segment.p_filesz;
           i += alignof(type_node)) {
        const auto start = segment.p_offset + i;
        if (at<type_kind>(start) == type_kind::sequence &&
            at<std::uint32_t>(start + offsetof(type_node, size)) ==
                sizeof(std::vector<int>) &&
            at<std::uint32_t>(start + offsetof(type_node, align)) ==
                alignof(std::vector<int>) &&
            at<std::uint32_t>(start + offsetof(type_node, part_count)) == 1) {
          return segment.p_vaddr + i;
        }
      }
    }
    FAIL("it has no vector");
    return 0;
  }

private:
  template <class T>
  T at(std::uint64_t offset) const {
    T found{};
    REQUIRE(offset + sizeof found <= bytes_.size());
    std::memcpy(&found, bytes_.data() + offset, sizeof found);
    return found;
  }
  std::uint64_t offset_of(std::uint64_t address) const {
    for (const auto& one : segments_) {
      if (address >= one.p_vaddr && address < one.p_vaddr + one.p_filesz)
        return one.p_offset + (address - one.p_vaddr);
    }
    FAIL("nothing lies there");
    return 0;
  }
  std::uint64_t relocation_of(std::uint64_t address) const {
    for (const auto offset : relocations_) {
      if (at<Elf64_Rela>(offset).r_offset == address)
        return offset;
    }
    FAIL("there is no pointer");
    return 0;
  }

  std::string& bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<std::uint64_t> relocations_;
};

}  // namespace

TEST_SUITE("module/module_description") {
  TEST_CASE("a module's types are read from its file") {
    const auto module = described();
    CHECK(module.name == "described");
    CHECK(module.vsn == "1.0");
    CHECK(module.build_id.size() == 40);
    CHECK(module.behaviour == behaviour_kind::gen_server);
    REQUIRE(module.state != nullptr);
    CHECK(layout_text(*module.state) ==
          "app.state{total:int8@0;paint:app.color{red=0;green=7}:int4@8;"
          "root:app.tree{label:string@0;children:vector<^app.tree>@32}#56/8"
          "@16;prices:map<string,optional<float8>>@72;choice:variant<int4,"
          "string>@120;bytes:array<uint1,3>@160;age:duration<int8,1/1000>@168;"
          "owned:unique_ptr<int4>@176}#184/8");
    CHECK(std::string_view(module.state->fields[0].was) == "count");
    CHECK(module.state->fields[1].was == nullptr);
  }

  TEST_CASE("conversions and messages and functions are read") {
    const auto module = described();
    REQUIRE(module.conversions.size() == 2);
    const auto& up = module.conversions[0];
    CHECK(up.direction == direction::up);
    CHECK(std::string_view(up.from->name) == "app.old_state");
    CHECK(up.to == module.state);
    CHECK(up.adopts);
    CHECK(module.conversions[1].direction == direction::down);
    CHECK_FALSE(module.conversions[1].adopts);
    REQUIRE(module.messages.size() == 2);
    CHECK(to_string(module.messages[0].kind) == "call");
    CHECK(layout_text(*module.messages[0].message) ==
          "app.get{key:string@0}#32/8");
    CHECK(std::string_view(module.messages[0].reply->name) == "string");
    CHECK(to_string(module.messages[1].kind) == "cast");
    CHECK(module.messages[1].reply == nullptr);
    REQUIRE(module.functions.size() == 1);
    CHECK(module.functions[0].name == "twice");
    CHECK(module.functions[0].signature == "int (int)");
    REQUIRE(module.imports.size() == 1);
    CHECK(module.imports[0].module == "other");
    CHECK(module.imports[0].name == "thrice");
  }

  TEST_CASE("the types of a file can be compared") {
    const auto one = described();
    const auto other = described();
    CHECK(layout_difference(*one.state, *other.state) == "");
    const auto& old_state = *one.conversions[0].from;
    CHECK(layout_difference(old_state, *other.state) != "");
    CHECK(carry_problem(*other.state, old_state, dropped_fields::refused) ==
          "");
    CHECK(carry_problem(old_state, *other.state, dropped_fields::allowed) ==
          "field total was int8 and is int4: write a code_change for it");
    CHECK(carry_problem(*other.state, *one.state, dropped_fields::refused) ==
          "the value cannot be copied: carry it with adopt()");
  }

  TEST_CASE("a library has a behaviour and nothing else") {
    const auto read = describe_module(bytes_of("good"));
    REQUIRE(read);
    CHECK(to_string(read->behaviour) == "library");
    CHECK(read->state == nullptr);
    CHECK(read->messages.empty());
  }

  TEST_CASE("a file without a descriptor is told so") {
    const auto read = describe_module(bytes_of("no_descriptor"));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == make_error_code(errc::no_descriptor));
    real_file_system files;
    const auto missing = describe_module(files, "/nowhere/none.so");
    REQUIRE_FALSE(missing);
  }

  TEST_CASE("a gen_server without a state is refused") {
    auto bytes = bytes_of("importing");
    const auto about = parse_elf(bytes);
    REQUIRE(about);
    module_image image(bytes);
    image.put(about->descriptor->address + offsetof(module_descriptor, kind),
              behaviour_kind::gen_server);
    const auto read = describe_module(bytes);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == make_error_code(errc::bad_elf));
    CHECK(read.error().context == "corrupt: a gen_server without a state");
  }

  TEST_CASE("a vector of nothing is refused") {
    auto bytes = bytes_of("described");
    module_image image(bytes);
    image.put(image.a_vector() + offsetof(type_node, part_count),
              std::uint32_t{0});
    const auto read = describe_module(bytes);
    REQUIRE_FALSE(read);
    CHECK(read.error().context == "corrupt: a type has too few parts");
  }

  TEST_CASE("a vector that holds itself is refused") {
    auto bytes = bytes_of("described");
    module_image image(bytes);
    const auto vector = image.a_vector();
    image.point(image.target_of(vector + offsetof(type_node, parts)), vector);
    const auto read = describe_module(bytes);
    REQUIRE_FALSE(read);
    CHECK(read.error().context == "corrupt: a type holds itself");
  }

  TEST_CASE("any damage gives a description or an error") {
    const auto whole = bytes_of("described");
    std::mt19937 random(7);
    std::uniform_int_distribution<std::size_t> place(0, whole.size() - 1);
    std::uniform_int_distribution<int> byte(0, 255);
    std::size_t refused = 0;
    for (int round = 0; round < 3000; ++round) {
      auto bytes = whole;
      for (int i = 0; i < 1 + round % 20; ++i)
        bytes[place(random)] = static_cast<char>(byte(random));
      if (round % 5 == 0)
        bytes.resize(place(random));
      const auto read = describe_module(bytes);
      if (!read) {
        ++refused;
        continue;
      }
      if (read->state != nullptr)
        static_cast<void>(layout_text(*read->state));
    }
    CHECK(refused > 0);
  }
}

}  // namespace instar::module_file
