#include "base/file_system.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar {
namespace {

using test::crash;
using test::memory_file_system;

constexpr std::uint64_t limit = 1024;

void put_old(memory_file_system& files) {
  REQUIRE(files.make_folders("/node"));
  REQUIRE(files.write("/node/list", "old"));
  files.sync_all();
}

// The number of steps of one replacement.
std::size_t replacement_steps() {
  memory_file_system files;
  put_old(files);
  const auto before = files.steps();
  REQUIRE(replace_file(files, "/node/list", "new and longer"));
  return files.steps() - before;
}

}  // namespace

TEST_SUITE("base/replace_file") {
  TEST_CASE("a name without a folder is in the working folder") {
    real_file_system files;
    REQUIRE(replace_file(files, "replaced-here", "new"));
    CHECK(files.read("replaced-here", limit).value() == "new");
    REQUIRE(files.remove("replaced-here"));
  }

  TEST_CASE("a replaced file is durable when the call returns") {
    memory_file_system files;
    put_old(files);
    REQUIRE(replace_file(files, "/node/list", "new"));
    files.crash(crash::lose_unsynced);
    CHECK(files.read("/node/list", limit).value() == "new");
    CHECK(files.tree().size() == 2);
  }

  TEST_CASE("a crash at any step leaves the old bytes or the new ones") {
    const auto steps = replacement_steps();
    REQUIRE(steps == 4);
    for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                            crash::keep_everything}) {
      for (std::size_t n = 0; n <= steps; ++n) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(n);
        memory_file_system files;
        put_old(files);
        files.stop_at(files.steps() + n);
        const auto done = replace_file(files, "/node/list", "new and longer");
        CHECK(done.has_value() == (n == steps));
        files.crash(kind);
        const auto bytes = files.read("/node/list", limit).value();
        CHECK((bytes == "old" || bytes == "new and longer"));
        if (done)
          CHECK(bytes == "new and longer");
        if (n < 2)
          CHECK(bytes == "old");
      }
    }
  }

  TEST_CASE("a full disk leaves the old bytes and says so") {
    memory_file_system files;
    put_old(files);
    files.fail_at(files.steps(), boost::system::errc::no_space_on_device);
    const auto failed = replace_file(files, "/node/list", "new and longer");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == boost::system::errc::no_space_on_device);
    CHECK(failed.error().message().find("/node/list.new") != std::string::npos);
    CHECK(files.read("/node/list", limit).value() == "old");
    CHECK(replace_file(files, "/node/list", "newest"));
    CHECK(files.read("/node/list", limit).value() == "newest");
  }

  TEST_CASE("bytes that were not synced are lost in a crash") {
    memory_file_system files;
    put_old(files);
    REQUIRE(files.write("/node/list", "new"));
    REQUIRE(files.write("/node/other", "new"));
    REQUIRE(files.sync("/node"));
    files.crash(crash::lose_unsynced);
    CHECK(files.read("/node/list", limit).value() == "old");
    CHECK(files.read("/node/other", limit).value().empty());
  }

  TEST_CASE("a rename between folders becomes durable whole") {
    memory_file_system files;
    REQUIRE(files.make_folders("/a"));
    REQUIRE(files.make_folders("/b"));
    REQUIRE(files.write("/a/file", "bytes"));
    files.sync_all();
    REQUIRE(files.rename("/a/file", "/b/file"));
    SUBCASE("not at all without a sync") {
      files.crash(crash::lose_unsynced);
      CHECK(files.kind("/a/file") == file_kind::regular);
      CHECK(files.kind("/b/file") == file_kind::missing);
    }
    SUBCASE("with the sync of the target") {
      REQUIRE(files.sync("/b"));
    }
    SUBCASE("with the sync of the source") {
      REQUIRE(files.sync("/a"));
    }
    if (files.kind("/a/file") == file_kind::missing) {
      files.crash(crash::lose_unsynced);
      CHECK(files.kind("/a/file") == file_kind::missing);
      CHECK(files.read("/b/file", limit).value() == "bytes");
    }
  }
}

}  // namespace instar
