#include "release_handler/pack.hpp"

#include "appup/errc.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/package.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;

constexpr std::uint64_t limit = 1 << 20;

// A build machine: two lib folders and a release.
struct build_machine {
  test::temporary_folder folder;
  real_file_system files;
  pack_options options;

  build_machine() {
    const auto at = folder.where();
    test::put_release(files, at, {"2", {{"a", "1"}, {"b", "2"}}, "0.1"});
    REQUIRE(files.make_folders(at / "other"));
    REQUIRE(files.rename(at / "lib/b-2", at / "other/b-2"));
    REQUIRE(files.write(at / "releases/2/config.yaml", "{}\n"));
    REQUIRE(files.write(at / "releases/2/notes.txt", "not packed"));
    fs::permissions(at / "runtime-0.1/bin/instar", fs::owner_all);
    options.release_file = at / "releases/2/release.yaml";
    options.lib_folders = {at / "lib", at / "other"};
    options.output = at / "counterd-2.tar.zst";
  }

  result<staged_package> stage() {
    REQUIRE(files.make_folders(folder.where() / "none"));
    return stage_package(files, options.output, folder.where() / "staging",
                         folder.where() / "none");
  }
};

}  // namespace

TEST_SUITE("release_handler/pack") {
  TEST_CASE("a packed release is a package that a node takes") {
    build_machine at;
    at.options.runtime_folder = at.folder.where() / "runtime-0.1";
    REQUIRE(pack_release(at.files, at.options));
    const auto staged = at.stage();
    REQUIRE(staged);
    CHECK(staged->release.vsn == "2");
    CHECK(staged->libs == std::vector<lib_id>{{"a", "1"}, {"b", "2"}});
    CHECK(staged->has_runtime);
    const auto staging = at.folder.where() / "staging";
    CHECK(at.files.kind(staging / "MANIFEST") == file_kind::regular);
    CHECK(at.files.kind(staging / "releases/2/config.yaml") ==
          file_kind::regular);
    CHECK(at.files.kind(staging / "releases/2/notes.txt") ==
          file_kind::missing);
    CHECK(fs::status(staging / "runtime-0.1/bin/instar").permissions() == 0755);
    CHECK(fs::status(staging / "lib/a-1/app.yaml").permissions() == 0644);
  }

  TEST_CASE("equal input gives equal bytes whatever its times and modes") {
    build_machine at;
    REQUIRE(pack_release(at.files, at.options));
    const auto first = at.files.read(at.options.output, limit).value();
    fs::last_write_time(at.options.release_file, 1'000'000'000);
    fs::permissions(at.options.release_file, fs::owner_read | fs::owner_write);
    at.options.output = at.folder.where() / "again.tar.zst";
    REQUIRE(pack_release(at.files, at.options));
    CHECK(at.files.read(at.options.output, limit).value() == first);
    REQUIRE(
        at.files.append(at.folder.where() / "lib/a-1/app.yaml", "# more\n"));
    REQUIRE(pack_release(at.files, at.options));
    CHECK(at.files.read(at.options.output, limit).value() != first);
  }

  TEST_CASE("equal input gives equal bytes whatever its order and the umask") {
    real_file_system files;
    const test::temporary_folder folder;
    const auto made = [&](const std::string& name, mode_t mask, bool reverse) {
      const auto before = ::umask(mask);
      const auto at = folder.where() / name;
      std::vector<std::string> parts = {"a", "b", "c", "d", "e", "f", "g"};
      if (reverse)
        std::reverse(parts.begin(), parts.end());
      for (const auto& part : parts) {
        const auto priv = at / "lib/a-1/priv" / part;
        REQUIRE(files.make_folders(priv));
        REQUIRE(files.write(priv / (part + ".txt"), "bytes of " + part));
      }
      test::put_release(files, at, {"1", {{"a", "1"}}});
      pack_options options;
      options.release_file = at / "releases/1/release.yaml";
      options.lib_folders = {at / "lib"};
      options.output = at / "p.tar.zst";
      const auto packed = pack_release(files, options);
      ::umask(before);
      REQUIRE(packed);
      return files.read(options.output, limit).value();
    };
    const auto first = made("first", 022, false);
    CHECK(made("second", 077, true) == first);
    CHECK(made("third", 0, true) == first);
  }

  TEST_CASE("a link among the files is refused when it is packed") {
    build_machine at;
    fs::create_symlink(at.folder.where() / "releases/2/notes.txt",
                       at.folder.where() / "lib/a-1/linked");
    const auto packed = pack_release(at.files, at.options);
    REQUIRE_FALSE(packed);
    CHECK(packed.error().code == errc::package_link);
    CHECK_FALSE(fs::exists(at.options.output));
  }

  TEST_CASE(
      "an application that is nowhere is named with where it was sought") {
    build_machine at;
    at.options.lib_folders = {at.folder.where() / "lib"};
    const auto packed = pack_release(at.files, at.options);
    REQUIRE_FALSE(packed);
    CHECK(packed.error().code == errc::no_such_application);
    CHECK(packed.error().message() == "the application b-2 is not in " +
                                          (at.folder.where() / "lib").string());
    CHECK_FALSE(fs::exists(at.options.output));
  }

  TEST_CASE("an application whose app.yaml says another version is refused") {
    build_machine at;
    REQUIRE(at.files.write(at.folder.where() / "lib/a-1/app.yaml",
                           "application: a\nvsn: \"9\"\n"));
    const auto packed = pack_release(at.files, at.options);
    REQUIRE_FALSE(packed);
    CHECK(packed.error().code == errc::bad_release_file);
  }

  TEST_CASE("a runtime needs a version in the release") {
    build_machine at;
    test::put_release(at.files, at.folder.where(), {"2", {{"a", "1"}}});
    at.options.runtime_folder = at.folder.where() / "runtime-0.1";
    CHECK(pack_release(at.files, at.options).error().code ==
          errc::bad_release_file);
  }

  TEST_CASE("a release.yaml that cannot be read is an error with its place") {
    build_machine at;
    REQUIRE(at.files.write(at.options.release_file, "release: counterd\n"));
    const auto packed = pack_release(at.files, at.options);
    REQUIRE_FALSE(packed);
    CHECK(packed.error().code.category() == appup::appup_category());
    CHECK(packed.error().message().find("release.yaml:1:") !=
          std::string::npos);
  }
}

}  // namespace instar::release_handler
