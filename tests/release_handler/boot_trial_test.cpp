#include "release_handler/boot_trial.hpp"

#include "tests/release_handler/store_node.hpp"

#include <doctest/doctest.h>

#include <future>

TEST_SUITE_BEGIN("release_handler/boot_trial");

using namespace instar;
using namespace instar::release_handler;
using instar::test::memory_file_system;

namespace {

struct tried {
  memory_file_system files;
  std::promise<void> over;

  std::unique_ptr<boot_trial> begin(std::chrono::seconds limit) {
    REQUIRE(files.make_folders("/n/releases"));
    boot_record record;
    record.id = "7";
    record.to = "2";
    auto made = boot_trial::begin(files, "/n", record, limit,
                                  [this] { over.set_value(); });
    REQUIRE(made);
    return std::move(*made);
  }
  boot_record record() {
    const auto read = read_boot_record(files, "/n");
    REQUIRE(read);
    REQUIRE(*read);
    return **read;
  }
};

constexpr std::chrono::seconds for_an_hour{3600};

}  // namespace

TEST_CASE("a trial begins with a record of it and is decided once") {
  tried at;
  const auto trial = at.begin(for_an_hour);
  CHECK(at.record().now == boot_record::state::trying);
  CHECK_FALSE(trial->is_decided());
  SUBCASE("by success") {
    CHECK(trial->pass());
    CHECK_FALSE(trial->fail("too late"));
    CHECK(at.record().now == boot_record::state::trying);
  }
  SUBCASE("by failure") {
    CHECK(trial->fail("no such table"));
    CHECK_FALSE(trial->pass());
    CHECK(at.record().now == boot_record::state::failed);
    CHECK(at.record().why == "no such table");
  }
  CHECK(trial->is_decided());
}

TEST_CASE("a trial whose time is over has failed") {
  tried at;
  const auto trial = at.begin(std::chrono::seconds(0));
  at.over.get_future().wait();
  CHECK(trial->is_decided());
  CHECK_FALSE(trial->pass());
  CHECK(at.record().now == boot_record::state::failed);
  CHECK(at.record().why == "it was not up within 0 s (boot_timeout)");
}

TEST_CASE("a trial that ends undecided is a failure to the next start") {
  tried at;
  at.begin(for_an_hour).reset();
  CHECK(at.record().now == boot_record::state::trying);
}

TEST_SUITE_END();
