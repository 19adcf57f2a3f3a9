#include "module/descriptor.hpp"
#include "module/elf_file.hpp"
#include "tests/module/module_files.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace instar::module_file {
namespace {

std::string importing() {
  real_file_system files;
  return files.read(test::module_path("importing"), most_file_bytes).value();
}

// Where the descriptor lies: its size and version, which nothing else has.
std::size_t descriptor_in(const std::string& bytes) {
  const std::uint32_t start[] = {sizeof(module_descriptor), descriptor_version};
  const auto at = bytes.find(
      std::string(reinterpret_cast<const char*>(&start[0]), sizeof start));
  REQUIRE(at != std::string::npos);
  return at;
}

std::string with(std::string bytes, std::size_t at, std::uint32_t number) {
  std::memcpy(bytes.data() + at, &number, sizeof number);
  return bytes;
}

}  // namespace

TEST_SUITE("module/elf_imports") {
  TEST_CASE("the functions that a module imports are read without running it") {
    const auto read = test::read_module("importing");
    REQUIRE(read);
    REQUIRE(read->imports);
    CHECK(*read->imports == std::vector<module_import>{
                                {"shard", "get"}, {"log_writer", "write"}});
    const auto none = test::read_module("good");
    REQUIRE(none);
    REQUIRE(none->imports);
    CHECK(none->imports->empty());
  }

  TEST_CASE("a descriptor of another version does not tell its imports") {
    const auto bytes = importing();
    const auto at = descriptor_in(bytes);
    const auto read =
        parse_elf(with(bytes, at + offsetof(module_descriptor, version), 7));
    REQUIRE(read);
    CHECK_FALSE(read->imports);
  }

  TEST_CASE("a count that leads out of the table does not tell the imports") {
    const auto bytes = importing();
    const auto count =
        descriptor_in(bytes) + offsetof(module_descriptor, import_count);
    for (const std::uint32_t wrong : {3U, 4000U, 5000U, UINT32_MAX}) {
      CAPTURE(wrong);
      const auto read = parse_elf(with(bytes, count, wrong));
      REQUIRE(read);
      CHECK_FALSE(read->imports);
    }
  }
}

}  // namespace instar::module_file
