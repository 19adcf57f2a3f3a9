#include "release_handler/archive.hpp"

#include "release_handler/disk_space.hpp"
#include "release_handler/errors.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;
using test::entry;

result<> extract(const path& package, const path& into,
                 const package_limits& limits) {
  INSTAR_TRY_ASSIGN(auto file, package_file::open(package));
  return extract_archive(file, into, limits);
}

constexpr std::uint64_t limit = 1 << 20;

// Extracts an archive with these entries into a new folder.
class extraction {
public:
  extraction(std::initializer_list<entry> entries,
             const package_limits& limits = {}) {
    test::put_archive(folder_.where() / "p.tar.zst", entries);
    fs::create_directory(into());
    done = extract(folder_.where() / "p.tar.zst", into(), limits);
  }
  extraction(const extraction&) = delete;
  path into() const { return folder_.where() / "into"; }

  result<> done;

private:
  test::temporary_folder folder_;
};

boost::system::error_code code_of(std::initializer_list<entry> entries,
                                  const package_limits& limits = {}) {
  const extraction one(entries, limits);
  REQUIRE_FALSE(one.done);
  return one.done.error().code;
}

}  // namespace

TEST_SUITE("release_handler/archive") {
  TEST_CASE("files come out with their bytes and one of two modes") {
    const extraction one({{"lib/", "", 'd'},
                          {"./lib/plain", "bytes", 'f', 0600},
                          {"lib/program", "#!", 'f', 04711},
                          {"other/deep/empty", ""}});
    REQUIRE(one.done);
    real_file_system files;
    CHECK(files.read(one.into() / "lib/plain", limit).value() == "bytes");
    CHECK(files.read(one.into() / "other/deep/empty", limit).value().empty());
    CHECK(fs::status(one.into() / "lib/plain").permissions() == 0644);
    CHECK(fs::status(one.into() / "lib/program").permissions() == 0755);
  }

  TEST_CASE("a path that leaves the folder is refused and nothing is written") {
    for (const auto* name : {"../evil", "lib/../../evil", "/tmp/evil"}) {
      CAPTURE(name);
      const extraction one({{name, "bytes"}});
      REQUIRE_FALSE(one.done);
      CHECK(one.done.error().code == errc::package_path);
      CHECK_FALSE(fs::exists(one.into() / ".." / "evil"));
      CHECK(fs::is_empty(one.into()));
    }
  }

  TEST_CASE("what an archive will take is known before it is extracted") {
    const test::temporary_folder folder;
    const auto file = folder.where() / "p.tar.zst";
    test::put_archive(file, {{"lib/", "", 'd'},
                             {"lib/small", "bytes"},
                             {"lib/large", std::string(100'000, 'x')}});
    auto opened = package_file::open(file);
    REQUIRE(opened);
    const auto needed = archive_bytes(*opened, {});
    REQUIRE(needed);
    // Blocks of 4096 bytes: 25 of the large file, and some for each name.
    CHECK(*needed >= 27 * 4096);
    CHECK(*needed <= 40 * 4096);
    CHECK(opened->position() == 0);
    fs::create_directory(folder.where() / "into");
    CHECK(extract_archive(*opened, folder.where() / "into", {}));
    package_limits few;
    few.total_bytes = 1000;
    REQUIRE(opened->restart());
    // Refused when it is extracted.
    CHECK(archive_bytes(*opened, few));
  }

  TEST_CASE("how much is free is said where there is a disk") {
    const test::temporary_folder folder;
    const auto left = free_disk_bytes(folder.where());
    REQUIRE(left);
    CHECK(*left > 0);
    CHECK_FALSE(free_disk_bytes("/no/such/folder"));
  }

  TEST_CASE("links and devices are refused") {
    CHECK(code_of({{"lib", "", 'l', 0777, "/etc"}}) == errc::package_link);
    CHECK(code_of({{"lib/a", "x"}, {"lib/b", "", 'h', 0644, "lib/a"}}) ==
          errc::package_link);
    CHECK(code_of({{"lib/pipe", "", 'p'}}) == errc::package_device);
    CHECK(code_of({{"lib/null", "", 'c'}}) == errc::package_device);
  }

  TEST_CASE("a path that is there twice is refused") {
    CHECK(code_of({{"lib/a", "one"}, {"./lib/a", "two"}}) == errc::bad_package);
    CHECK(code_of({{"lib", "", 'd'}, {"lib", "a file"}}) == errc::bad_package);
  }

  TEST_CASE("an archive has limits on its files and bytes") {
    package_limits limits;
    limits.file_bytes = 4;
    CHECK(code_of({{"a", "12345"}}, limits) == errc::package_too_large);
    limits.total_bytes = 6;
    CHECK(code_of({{"a", "1234"}, {"b", "123"}}, limits) ==
          errc::package_too_large);
    CHECK(extraction({{"a", "1234"}, {"b", "12"}}, limits).done);
    limits.entries = 1;
    CHECK(code_of({{"a", "1"}, {"b", "1"}}, limits) == errc::package_too_large);
  }

  TEST_CASE("a small archive that unpacks to much is stopped at the limit") {
    package_limits limits;
    limits.total_bytes = 1 << 20;
    const extraction one({{"zeros", std::string(64U << 20U, '\0')}}, limits);
    REQUIRE_FALSE(one.done);
    CHECK(one.done.error().code == errc::package_too_large);
    CHECK(fs::file_size(one.into() / "zeros") <= limits.total_bytes);
  }

  TEST_CASE("what is no archive or is cut off is refused") {
    const test::temporary_folder folder;
    real_file_system files;
    const auto file = folder.where() / "p.tar.zst";
    const auto into = folder.where() / "into";
    REQUIRE(files.make_folders(into));
    REQUIRE(files.write(file, "no archive at all"));
    CHECK(extract(file, into, {}).error().code == errc::bad_package);
    REQUIRE(files.write(file, ""));
    CHECK(extract(file, into, {}).error().code == errc::bad_package);

    std::string bytes;
    for (int i = 0; i < 20'000; ++i)
      bytes += std::to_string(i * i);
    test::put_archive(file, {{"a", bytes}});
    const auto whole = files.read(file, limit).value();
    REQUIRE(files.write(file, whole.substr(0, whole.size() / 2)));
    CHECK(extract(file, into, {}).error().code == errc::bad_package);
  }

  TEST_CASE("a writer that does not finish leaves no file") {
    const test::temporary_folder folder;
    {
      auto to = archive_writer::open(folder.where() / "p.tar.zst");
      REQUIRE(to);
      REQUIRE(to->add_file("a", "bytes", false));
    }
    CHECK(fs::is_empty(folder.where()));
    CHECK_FALSE(archive_writer::open(folder.where() / "none/p.tar.zst"));
  }

  TEST_CASE("names in every script come through") {
    const test::temporary_folder folder;
    const auto file = folder.where() / "p.tar.zst";
    const std::string name =
        "priv/gr\xc3\xb6\xc3\x9f"
        "e " +
        std::string(150, 'x');
    auto to = archive_writer::open(file);
    REQUIRE(to);
    REQUIRE(to->add_folder("priv"));
    REQUIRE(to->add_file(name, "bytes", true));
    REQUIRE(to->finish());
    real_file_system files;
    const auto into = folder.where() / "into";
    REQUIRE(files.make_folders(into));
    REQUIRE(extract(file, into, {}));
    CHECK(files.read(into / name, limit).value() == "bytes");
    CHECK(fs::status(into / name).permissions() == 0755);
  }
}

}  // namespace instar::release_handler
