#include "cli/application_versions.hpp"

#include "appup/reader.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <elf.h>

#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace instar::cli {
namespace {

/// Two versions of an application with one module, in memory.
class pair_of_versions {
public:
  pair_of_versions() {
    real_file_system disk;
    const auto bytes = disk.read(
        path(INSTAR_TEST_MODULES) / "described-1.0/described.so", 1U << 20U);
    REQUIRE(bytes);
    older_ = *bytes;
    // Both need a version of their own, of the same length.
    newer_ = *bytes;
    const std::string was("1.0\0", 4);
    for (auto at = newer_.find(was); at != std::string::npos;
         at = newer_.find(was, at + 1)) {
      newer_[at + 2] = '1';
    }
    write("old", "1.0", older_);
    write("new", "1.1", newer_);
  }

  void write(const std::string& folder, const std::string& vsn,
             const std::string& module) {
    REQUIRE(files.make_folders(path(folder) / "modules"));
    REQUIRE(files.write(
        path(folder) / "app.yaml",
        "application: kv\nvsn: \"" + vsn + "\"\nmodules: [described]\n"));
    REQUIRE(files.write(path(folder) / "modules" / "described.so", module));
  }

  read_versions read() {
    return read_application_versions(files, "old", "new");
  }
  const std::string& newer() const { return newer_; }

  test::memory_file_system files;

private:
  std::string older_;
  std::string newer_;
};

/// What is mapped of a module file.
std::vector<Elf64_Phdr> segments(const std::string& file) {
  Elf64_Ehdr header{};
  std::memcpy(&header, file.data(), sizeof header);
  std::vector<Elf64_Phdr> found;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr one{};
    std::memcpy(&one, file.data() + header.e_phoff + i * sizeof one,
                sizeof one);
    if (one.p_type == PT_LOAD)
      found.push_back(one);
  }
  return found;
}

}  // namespace

TEST_SUITE("cli/application_versions") {
  TEST_CASE("both versions of a module are read with what differs") {
    pair_of_versions at;
    const auto versions = at.read();
    REQUIRE_MESSAGE(versions.read, versions.errors.front().message());
    const auto& module = versions.read->modules.at("described");
    CHECK(module.older->about.vsn == "1.0");
    CHECK(module.newer->about.vsn == "1.1");
    CHECK(module.newer->about.messages.size() == 2);
    CHECK(module.is_same_code);
    CHECK(module.mentions == std::set<std::string>{"app.get"});
    CHECK(module.newer->writable_globals.size() == 1);
  }

  TEST_CASE("whatever a module file holds the proposal can be read") {
    pair_of_versions at;
    // Code, headers, relocations, constants, and the descriptor and the types.
    const auto places = segments(at.newer());
    std::mt19937 random(11);
    int read = 0;
    for (int round = 0; round < 3000; ++round) {
      auto bytes = at.newer();
      const auto& where =
          places[static_cast<std::size_t>(round) % places.size()];
      const auto changes = 1 + random() % 4;
      for (unsigned i = 0; i < changes; ++i) {
        bytes[where.p_offset + random() % where.p_filesz] =
            static_cast<char>(random());
      }
      at.write("new", "1.1", bytes);
      const auto versions = at.read();
      CHECK(versions.read.has_value() == versions.errors.empty());
      if (!versions.read)
        continue;
      ++read;
      const auto text =
          appup::write_appup(appup::propose_appup(*versions.read));
      REQUIRE(at.files.write("new/appup.yaml", text));
      const auto appup = appup::read_appup(at.files, "new/appup.yaml");
      REQUIRE_MESSAGE(appup, appup.error().message() << '\n' << text);
      CHECK(appup->up.size() == 1);
    }
    CHECK(read > 500);
    CHECK(read < 3000);
  }
}

}  // namespace instar::cli
