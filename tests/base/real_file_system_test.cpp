#include "base/file_system.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace instar {
namespace {

namespace fs = boost::filesystem;
namespace errc = boost::system::errc;

constexpr std::uint64_t limit = 1 << 20;

class temporary_folder {
public:
  temporary_folder()
      : path_(fs::temp_directory_path() /
              fs::unique_path("instar-%%%%%%%%%%%%")) {
    fs::create_directory(path_);
  }
  ~temporary_folder() {
    boost::system::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const path& where() const { return path_; }

private:
  path path_;
};

// What both file systems must do alike.
void check_contract(file_system& files, const path& root) {
  REQUIRE(files.make_folders(root / "a/b"));
  CHECK(files.make_folders(root / "a/b"));
  CHECK(files.kind(root / "a/b") == file_kind::folder);

  REQUIRE(files.write(root / "a/file", "one"));
  REQUIRE(files.append(root / "a/file", " two"));
  CHECK(files.read(root / "a/file", limit).value() == "one two");
  REQUIRE(files.write(root / "a/file", "three"));
  CHECK(files.read(root / "a/file", limit).value() == "three");
  CHECK(files.read(root / "a/file", 5).value() == "three");
  CHECK(files.kind(root / "a/file") == file_kind::regular);
  CHECK(files.sync(root / "a/file"));
  CHECK(files.sync(root / "a"));

  const auto too_large = files.read(root / "a/file", 4);
  CHECK(too_large.error().code == errc::file_too_large);
  const auto missing = files.read(root / "a/none", limit);
  CHECK(missing.error().code == errc::no_such_file_or_directory);
  CHECK(missing.error().message().find((root / "a/none").string()) !=
        std::string::npos);
  CHECK(files.read(root / "a", limit).error().code == errc::is_a_directory);
  CHECK(files.write(root / "none/file", "x").error().code ==
        errc::no_such_file_or_directory);
  CHECK(files.sync(root / "none").error().code ==
        errc::no_such_file_or_directory);
  CHECK(files.kind(root / "none") == file_kind::missing);

  REQUIRE(files.copy_file(root / "a/file", root / "a/copy"));
  REQUIRE(files.write(root / "a/file", "four"));
  CHECK(files.read(root / "a/copy", limit).value() == "three");
  REQUIRE(files.copy_file(root / "a/file", root / "a/copy"));
  CHECK(files.read(root / "a/copy", limit).value() == "four");

  REQUIRE(files.rename(root / "a/copy", root / "a/b/moved"));
  CHECK(files.kind(root / "a/copy") == file_kind::missing);
  CHECK(files.list(root / "a").value() ==
        std::vector<std::string>{"b", "file"});
  CHECK(files.list(root / "none").error().code ==
        errc::no_such_file_or_directory);
  CHECK(files.list(root / "a/file").error().code == errc::not_a_directory);

  REQUIRE(files.make_folders(root / "c/full"));
  CHECK(files.rename(root / "a/b", root / "c").error().code ==
        errc::directory_not_empty);
  REQUIRE(files.rename(root / "a/b", root / "c/b"));
  CHECK(files.read(root / "c/b/moved", limit).value() == "four");

  CHECK(files.remove(root / "c").error().code == errc::directory_not_empty);
  CHECK(files.remove(root / "none").error().code ==
        errc::no_such_file_or_directory);
  CHECK(files.remove(root / "c/full"));
  CHECK(files.remove(root / "a/file"));
  CHECK(files.remove_all(root / "c"));
  CHECK(files.remove_all(root / "c"));
  CHECK(files.list(root).value() == std::vector<std::string>{"a"});
}

}  // namespace

TEST_SUITE("base/file_system") {
  TEST_CASE("the real file system keeps the contract") {
    const temporary_folder folder;
    real_file_system files;
    check_contract(files, folder.where());
  }

  TEST_CASE("the file system in memory keeps the contract") {
    test::memory_file_system files;
    REQUIRE(files.make_folders("/root"));
    check_contract(files, "/root");
  }

  TEST_CASE("a link is seen as a link and is never followed by a removal") {
    const temporary_folder folder;
    real_file_system files;
    const auto root = folder.where();
    REQUIRE(files.make_folders(root / "kept"));
    REQUIRE(files.write(root / "kept/file", "bytes"));
    REQUIRE(files.make_folders(root / "gone"));
    fs::create_directory_symlink(root / "kept", root / "gone/link");
    CHECK(files.kind(root / "gone/link") == file_kind::link);
    CHECK(files.remove_all(root / "gone"));
    CHECK(files.read(root / "kept/file", limit).value() == "bytes");
  }

  TEST_CASE("replace_file replaces a file on the real disk") {
    const temporary_folder folder;
    real_file_system files;
    const auto file = folder.where() / "list";
    REQUIRE(replace_file(files, file, "old"));
    REQUIRE(replace_file(files, file, "new"));
    CHECK(files.read(file, limit).value() == "new");
    CHECK(files.list(folder.where()).value() ==
          std::vector<std::string>{"list"});
  }

  TEST_CASE("a mount that forbids execution is told from one that does not") {
    std::ifstream mounts("/proc/mounts");
    std::string device, folder, type, options, rest;
    std::map<std::string, std::string> last_options;
    std::size_t seen = 0;
    while (mounts >> device >> folder >> type >> options &&
           std::getline(mounts, rest)) {
      // A later mount may hide an earlier one: the last line of a folder holds.
      boost::system::error_code hidden;
      if (type == "rootfs" || !boost::filesystem::is_directory(folder, hidden))
        continue;
      last_options[folder] = "," + options + ",";
    }
    for (const auto& [mounted, with] : last_options) {
      CAPTURE(mounted);
      CHECK(forbids_execution(mounted) ==
            (with.find(",noexec,") != std::string::npos));
      ++seen;
    }
    CHECK(seen > 0);
    CHECK_FALSE(forbids_execution("/no/such/folder"));
  }
}

}  // namespace instar
