#include "release_handler/cleanup.hpp"

#include "tests/release_handler/support.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

namespace instar::release_handler {
namespace {

using instar::test::memory_file_system;

void put_two_releases(memory_file_system& files) {
  test::put_release(files, "/n", {"1", {{"a", "1"}, {"b", "1"}}, "0.1"});
  test::put_release(files, "/n", {"2", {{"a", "2"}, {"b", "1"}}, "0.2"});
}

const std::vector<release_record> first_only = {{"counterd",
                                                 "1",
                                                 "0.1",
                                                 {{"a", "1"}, {"b", "1"}},
                                                 release_status::permanent}};

}  // namespace

TEST_SUITE("release_handler/cleanup") {
  TEST_CASE("a noted path is deleted unless a release uses it") {
    memory_file_system files;
    put_two_releases(files);
    REQUIRE(note_cleanup(files, "/n",
                         {"2",
                          {"releases/2", "lib/a-2", "lib/b-1", "runtime-0.2",
                           "runtime-0.1", "releases/1"}}));
    CHECK(has_cleanup(files, "/n", "2"));
    REQUIRE(carry_out_cleanups(files, "/n", first_only));

    memory_file_system wanted;
    test::put_release(wanted, "/n", {"1", {{"a", "1"}, {"b", "1"}}, "0.1"});
    CHECK(files.tree() == wanted.tree());
    CHECK_FALSE(has_cleanup(files, "/n", "2"));
  }

  TEST_CASE("a note is durable before anything is deleted and is then gone") {
    memory_file_system files;
    put_two_releases(files);
    files.sync_all();
    REQUIRE(note_cleanup(files, "/n", {"2", {"lib/a-2"}}));
    files.crash(instar::test::crash::lose_unsynced);
    CHECK(has_cleanup(files, "/n", "2"));
    REQUIRE(carry_out_cleanups(files, "/n", first_only));
    files.crash(instar::test::crash::lose_unsynced);
    CHECK_FALSE(has_cleanup(files, "/n", "2"));
    CHECK(files.kind("/n/lib/a-2") == file_kind::missing);
  }

  TEST_CASE("nothing but parts of a release is ever deleted") {
    memory_file_system files;
    put_two_releases(files);
    REQUIRE(files.make_folders("/n/log"));
    const auto before = files.tree();
    REQUIRE(note_cleanup(files, "/n",
                         {"2",
                          {"lib", "lib/", "lib/..", "log", "", ".", "/n",
                           "releases", "releases/..", "releases/../lib",
                           "lib/a-2/../..", "runtime-../lib"}}));
    REQUIRE(carry_out_cleanups(files, "/n", {}));
    CHECK(files.tree() == before);
  }

  TEST_CASE("what cannot be deleted stays noted") {
    memory_file_system files;
    put_two_releases(files);
    REQUIRE(note_cleanup(files, "/n", {"2", {"lib/a-2"}}));
    files.fail_at(files.steps() + 1, boost::system::errc::permission_denied);
    CHECK_FALSE(carry_out_cleanups(files, "/n", first_only));
    CHECK(has_cleanup(files, "/n", "2"));
    CHECK(carry_out_cleanups(files, "/n", first_only));
    CHECK(files.kind("/n/lib/a-2") == file_kind::missing);
  }

  TEST_CASE("forgetting a note keeps what it lists") {
    memory_file_system files;
    put_two_releases(files);
    const auto before = files.tree();
    REQUIRE(note_cleanup(files, "/n", {"2", {"lib/a-2"}}));
    REQUIRE(forget_cleanup(files, "/n", "2"));
    CHECK(files.tree() == before);
  }
}

}  // namespace instar::release_handler
