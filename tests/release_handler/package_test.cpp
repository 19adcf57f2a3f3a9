#include "release_handler/package.hpp"

#include "appup/errc.hpp"
#include "release_handler/errors.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;
using instar::test::memory_file_system;

const test::sample one_release = {"2", {{"a", "1"}, {"b", "2"}}, "0.1"};

// A package in a folder, and a node that has no lib.
struct folder_package {
  memory_file_system files;

  folder_package() {
    test::put_release(files, "/p", one_release);
    REQUIRE(files.make_folders("/n/lib"));
  }
  result<staged_package> stage(const package_limits& limits = {}) {
    package_rules rules;
    rules.limits = limits;
    return stage_package(files, "/p", "/n/staging", "/n/lib", rules);
  }
  // Refused, and nothing of it stays.
  failure refusal(const package_limits& limits = {}) {
    const auto got = stage(limits);
    REQUIRE_FALSE(got);
    CHECK(files.kind("/n/staging") == file_kind::missing);
    return got.error();
  }
};

}  // namespace

TEST_SUITE("release_handler/package") {
  TEST_CASE("a folder is staged whole and durable") {
    folder_package one;
    one.files.sync_all();
    const auto staged = one.stage();
    REQUIRE(staged);
    CHECK(staged->release.release == "counterd");
    CHECK(staged->release.vsn == "2");
    CHECK(staged->libs == std::vector<lib_id>{{"a", "1"}, {"b", "2"}});
    CHECK(staged->has_runtime);
    const auto whole = test::tree_of(one.files, "/p");
    CHECK(test::tree_of(one.files, "/n/staging") == whole);
    // The folder that holds it is its owner's to sync.
    REQUIRE(one.files.sync("/n"));
    one.files.crash(instar::test::crash::lose_unsynced);
    CHECK(test::tree_of(one.files, "/n/staging") == whole);
  }

  TEST_CASE("what an earlier try left in the staging folder is not taken") {
    folder_package one;
    REQUIRE(one.files.make_folders("/n/staging/lib/evil-1"));
    REQUIRE(one.stage());
    CHECK(one.files.kind("/n/staging/lib/evil-1") == file_kind::missing);
  }

  TEST_CASE("a package that is not there is named") {
    folder_package one;
    const auto got = stage_package(one.files, "/none", "/n/staging", "/n/lib");
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::no_such_file);
    CHECK(got.error().message() == "/none is not there");
    CHECK(one.files.kind("/n/staging") == file_kind::missing);
  }

  TEST_CASE("an application may be on the node already") {
    folder_package one;
    REQUIRE(one.files.rename("/p/lib/b-2", "/n/lib/b-2"));
    const auto staged = one.stage();
    REQUIRE(staged);
    CHECK(staged->libs == std::vector<lib_id>{{"a", "1"}});
  }

  TEST_CASE("an application that is nowhere is named") {
    folder_package one;
    REQUIRE(one.files.remove_all("/p/lib/b-2"));
    const auto why = one.refusal();
    CHECK(why.code == errc::no_such_application);
    CHECK(why.message().starts_with("the application b-2 is not in "));
  }

  TEST_CASE("an application that is not the release's is refused") {
    folder_package one;
    test::put_release(one.files, "/more", {"9", {{"c", "3"}}});
    REQUIRE(one.files.rename("/more/lib/c-3", "/p/lib/c-3"));
    const auto why = one.refusal();
    CHECK(why.code == errc::bad_package);
    CHECK(why.message() == "lib/c-3 is no application of release \"2\"");
  }

  TEST_CASE("an application whose app.yaml is another is refused") {
    folder_package one;
    REQUIRE(
        one.files.write("/p/lib/a-1/app.yaml", "application: a\nvsn: \"3\"\n"));
    CHECK(one.refusal().code == errc::bad_release_file);
    REQUIRE(one.files.write("/p/lib/a-1/app.yaml", "application: [\n"));
    CHECK(one.refusal().code.category() == appup::appup_category());
    REQUIRE(one.files.remove("/p/lib/a-1/app.yaml"));
    CHECK_FALSE(one.stage());
  }

  TEST_CASE("a package has exactly one release with its release.yaml") {
    folder_package one;
    SUBCASE("two") {
      test::put_release(one.files, "/p", {"3", {{"a", "1"}}, "0.1"});
      CHECK(one.refusal().message() ==
            "a package has one release, this one has 2");
    }
    SUBCASE("none") {
      REQUIRE(one.files.remove_all("/p/releases/2"));
      CHECK(one.refusal().message() ==
            "a package has one release, this one has 0");
    }
    SUBCASE("without release.yaml") {
      REQUIRE(one.files.remove("/p/releases/2/release.yaml"));
      const auto why = one.refusal();
      CHECK(why.code == errc::no_such_file);
      CHECK(why.message() == "the package has no releases/2/release.yaml");
    }
    SUBCASE("of another version") {
      REQUIRE(one.files.rename("/p/releases/2", "/p/releases/4"));
      const auto why = one.refusal();
      CHECK(why.code == errc::bad_release_file);
      CHECK(why.message() == "releases/4/release.yaml says version \"2\"");
    }
    SUBCASE("that cannot be read") {
      REQUIRE(one.files.write("/p/releases/2/release.yaml",
                              "release: counterd\nvsn: 2\n"));
      const auto why = one.refusal();
      CHECK(why.code.category() == appup::appup_category());
      CHECK(why.message().find("releases/2/release.yaml:2:6: error[") !=
            std::string::npos);
    }
  }

  TEST_CASE("a runtime that is not the release's is refused") {
    folder_package one;
    REQUIRE(one.files.rename("/p/runtime-0.1", "/p/runtime-0.2"));
    const auto why = one.refusal();
    CHECK(why.code == errc::bad_package);
    CHECK(why.message() == "runtime-0.2 is not the runtime of release \"2\"");
  }

  TEST_CASE("whatever does not belong in a package is refused") {
    for (const auto* stray :
         {"README", "lib/file", "releases/RELEASES.yaml", "etc/passwd",
          "runtime-0.1", "runtime-/x", "instar.yaml"}) {
      CAPTURE(stray);
      folder_package one;
      REQUIRE(one.files.remove_all("/p/runtime-0.1"));
      const path file = path("/p") / stray;
      REQUIRE(one.files.make_folders(file.parent_path()));
      REQUIRE(one.files.write(file, "x"));
      CHECK(one.refusal().code == errc::bad_package);
    }
    folder_package one;
    REQUIRE(one.files.make_folders("/p/lib/Bad"));
    CHECK(one.refusal().code == errc::bad_package);
  }

  TEST_CASE("links and devices in a folder are refused") {
    folder_package one;
    one.files.make_other("/p/lib/a-1/link", file_kind::link);
    CHECK(one.refusal().code == errc::package_link);
    REQUIRE(one.files.remove("/p/lib/a-1/link"));
    one.files.make_other("/p/lib/a-1/pipe", file_kind::other);
    CHECK(one.refusal().code == errc::package_device);
  }

  TEST_CASE("a folder has limits on its files and bytes") {
    folder_package one;
    package_limits limits;
    limits.entries = 5;
    CHECK(one.refusal(limits).code == errc::package_too_large);
    limits = {};
    limits.file_bytes = 8;
    CHECK(one.refusal(limits).code == errc::package_too_large);
    limits = {};
    limits.total_bytes = 40;
    CHECK(one.refusal(limits).code == errc::package_too_large);
  }

  TEST_CASE("the MANIFEST is checked where there is one") {
    folder_package one;
    test::put_manifest(one.files, "/p");
    CHECK(one.stage());
    SUBCASE("bytes that changed") {
      REQUIRE(one.files.append("/p/lib/a-1/modules/a.so", "!"));
      CHECK(one.refusal().message() ==
            "the bytes of lib/a-1/modules/a.so differ from the package's "
            "MANIFEST");
    }
    SUBCASE("a file that is not listed") {
      REQUIRE(one.files.write("/p/lib/a-1/extra", "x"));
      CHECK(one.refusal().code == errc::package_hash);
    }
    SUBCASE("a file that is gone") {
      REQUIRE(one.files.remove("/p/lib/a-1/modules/a.so"));
      CHECK(one.refusal().code == errc::package_hash);
    }
  }

  TEST_CASE("a full disk at any step leaves nothing") {
    std::size_t steps = 0;
    {
      folder_package one;
      const auto before = one.files.steps();
      REQUIRE(one.stage());
      steps = one.files.steps() - before;
    }
    for (std::size_t n = 0; n < steps; ++n) {
      CAPTURE(n);
      folder_package one;
      one.files.fail_at(one.files.steps() + n,
                        boost::system::errc::no_space_on_device);
      CHECK(one.refusal().code == boost::system::errc::no_space_on_device);
    }
  }

  TEST_CASE("an archive is staged as its folder is") {
    const test::temporary_folder folder;
    real_file_system files;
    const auto at = folder.where();
    test::put_release(files, at / "p", one_release);
    test::put_manifest(files, at / "p");
    test::put_archive(at / "p.tar.zst", test::entries_of(files, at / "p"));
    REQUIRE(files.make_folders(at / "lib"));
    const auto staged =
        stage_package(files, at / "p.tar.zst", at / "staging", at / "lib");
    REQUIRE(staged);
    CHECK(staged->release.vsn == "2");
    CHECK(test::tree_of(files, at / "staging") ==
          test::tree_of(files, at / "p"));
  }

  TEST_CASE("a program in a folder can be run when it is staged") {
    const test::temporary_folder folder;
    real_file_system files;
    const auto at = folder.where();
    test::put_release(files, at / "p", one_release);
    const path program = "runtime-0.1/bin/instar";
    fs::permissions(at / "p" / program, fs::owner_all);
    REQUIRE(files.make_folders(at / "lib"));
    REQUIRE(stage_package(files, at / "p", at / "staging", at / "lib"));
    CHECK((fs::status(at / "staging" / program).permissions() &
           fs::owner_exe) != 0);
  }

  TEST_CASE("a bad archive leaves nothing") {
    const test::temporary_folder folder;
    real_file_system files;
    const auto at = folder.where();
    const auto stage = [&](std::vector<test::entry> entries) {
      test::put_archive(at / "p.tar.zst", entries);
      const auto staged =
          stage_package(files, at / "p.tar.zst", at / "staging", at / "lib");
      REQUIRE_FALSE(staged);
      CHECK(files.kind(at / "staging") == file_kind::missing);
      return staged.error().code;
    };
    REQUIRE(files.make_folders(at / "lib"));
    CHECK(stage({{"lib/a-1/app.yaml", "x"}, {"../evil", "x"}}) ==
          errc::package_path);
    CHECK(stage({{"lib/a-1/app.yaml", "x"}, {"lib/l", "", 'l', 0777, "/"}}) ==
          errc::package_link);
    CHECK(stage({}) == errc::bad_package);
    CHECK(files.kind(at / "evil") == file_kind::missing);
  }
}

}  // namespace instar::release_handler
