#include "release_handler/boot_record.hpp"

#include "release_handler/errors.hpp"
#include "tests/release_handler/store_node.hpp"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("release_handler/boot_record");

using namespace instar;
using namespace instar::release_handler;
using instar::test::crash;
using instar::test::memory_file_system;

namespace {

constexpr const char* file = "/n/releases/boot.json";

boot_record asked() {
  boot_record made;
  made.id = "2026-11-21T06:00:00Z/7";
  made.operation = "install";
  made.from = "1";
  made.to = "2";
  made.by = "ann";
  return made;
}

std::string state_of(memory_file_system& files) {
  const auto read = read_boot_record(files, "/n");
  REQUIRE(read);
  if (!*read)
    return "none";
  switch ((*read)->now) {
    case boot_record::state::asked:
      return "asked";
    case boot_record::state::trying:
      return "trying";
    case boot_record::state::failed:
      return "failed: " + (*read)->why;
  }
  return "?";
}

memory_file_system with_folder() {
  memory_file_system files;
  REQUIRE(files.make_folders("/n/releases"));
  files.sync_all();
  return files;
}

}  // namespace

TEST_CASE("a start that was asked for is read as it was written") {
  auto files = with_folder();
  CHECK(state_of(files) == "none");
  auto record = asked();
  record.commits = true;
  REQUIRE(write_boot_record(files, "/n", record));
  const auto read = read_boot_record(files, "/n");
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->id == record.id);
  CHECK((*read)->operation == "install");
  CHECK((*read)->from == "1");
  CHECK((*read)->to == "2");
  CHECK((*read)->by == "ann");
  CHECK((*read)->commits);
  CHECK(state_of(files) == "asked");
  record.now = boot_record::state::failed;
  record.why = "no \"reason\"";
  REQUIRE(write_boot_record(files, "/n", record));
  CHECK(state_of(files) == "failed: no \"reason\"");
  REQUIRE(remove_boot_record(files, "/n"));
  CHECK(state_of(files) == "none");
  CHECK(remove_boot_record(files, "/n"));
}

TEST_CASE("what is no record of a start is refused") {
  auto files = with_folder();
  for (const auto* bytes :
       {"", "{", "[]", "{}", R"({"state": "asked"})",
        R"({"state": "later", "id": "", "operation": "", "from": "", "to": "",
            "by": "", "why": ""})",
        R"({"state": "asked", "id": 1, "operation": "", "from": "", "to": "",
            "by": "", "why": ""})"}) {
    CAPTURE(bytes);
    REQUIRE(files.write(file, bytes));
    const auto read = read_boot_record(files, "/n");
    REQUIRE_FALSE(read);
    CHECK(read.error().tag() == "bad_boot_record");
    CHECK(read.error().message().starts_with(file));
  }
}

TEST_CASE("a power cut leaves one record or the other") {
  for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                          crash::keep_everything}) {
    for (std::size_t n = 0; n < 12; ++n) {
      CAPTURE(n);
      auto files = with_folder();
      REQUIRE(write_boot_record(files, "/n", asked()));
      auto next = asked();
      next.now = boot_record::state::trying;
      files.stop_at(files.steps() + n);
      const auto written = write_boot_record(files, "/n", next);
      files.crash(kind);
      const auto now = state_of(files);
      CHECK((now == "trying" || (now == "asked" && !written)));
    }
  }
}

TEST_SUITE_END();
