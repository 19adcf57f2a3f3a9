#include "release_handler/history.hpp"

#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

TEST_SUITE_BEGIN("release_handler/history");

using namespace instar;
using instar::release_handler::history;

namespace {

const path file = "/n/log/history.jsonl";

std::chrono::system_clock::time_point date(int seconds) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

std::string all(history& of) {
  std::string text;
  for (const auto& entry : of.all())
    text += boost::json::serialize(entry) + "\n";
  return text;
}

}  // namespace

TEST_CASE("a history begins empty") {
  test::memory_file_system files;
  history past(files, file);
  CHECK(past.all().empty());
}

TEST_CASE("entries come in the order of time with their dates") {
  test::memory_file_system files;
  history past(files, file);
  REQUIRE(past.add({{"to", "2"}}, date(0)));
  REQUIRE(past.add({{"to", "1"}}, date(86'399)));
  CHECK(all(past) ==
        "{\"to\":\"2\",\"at\":\"1970-01-01T00:00:00Z\"}\n"
        "{\"to\":\"1\",\"at\":\"1970-01-01T23:59:59Z\"}\n");
  history again(files, file);
  CHECK(all(again) == all(past));
}

TEST_CASE("an entry survives a power cut") {
  test::memory_file_system files;
  REQUIRE(files.make_folders("/n/log"));
  files.sync_all();
  history past(files, file);
  REQUIRE(past.add({{"to", "2"}}, date(0)));
  files.crash(test::crash::lose_unsynced);
  CHECK(past.all().size() == 1);
}

TEST_CASE("a line that a crash cut off is left out and the next one is kept") {
  test::memory_file_system files;
  history past(files, file);
  REQUIRE(past.add({{"to", "2"}}, date(0)));
  REQUIRE(files.append(file, "{\"to\":\"3\",\"by"));
  CHECK(past.all().size() == 1);
  history again(files, file);
  REQUIRE(again.add({{"to", "4"}}, date(1)));
  CHECK(all(again) ==
        "{\"to\":\"2\",\"at\":\"1970-01-01T00:00:00Z\"}\n"
        "{\"to\":\"4\",\"at\":\"1970-01-01T00:00:01Z\"}\n");
}

TEST_CASE("a line that is no object is left out") {
  test::memory_file_system files;
  REQUIRE(files.make_folders("/n/log"));
  REQUIRE(files.write(file, "[1]\n\n{\"to\":\"2\"}\nnothing\n"));
  history past(files, file);
  CHECK(all(past) == "{\"to\":\"2\"}\n");
}

TEST_CASE("only the newest entries are answered") {
  test::memory_file_system files;
  REQUIRE(files.make_folders("/n/log"));
  std::string lines;
  for (std::size_t i = 0; i < history::answer_limit + 3; ++i)
    lines += "{\"number\":" + std::to_string(i) + "}\n";
  REQUIRE(files.write(file, lines));
  history past(files, file);
  const auto found = past.all();
  REQUIRE(found.size() == history::answer_limit);
  CHECK(found.front().at("number") == 3);
  CHECK(found.back().at("number") == history::answer_limit + 2);
}

TEST_CASE("a history that cannot be written says so and goes on when it can") {
  test::memory_file_system files;
  REQUIRE(files.make_folders("/n/log"));
  history past(files, file);
  files.fail_at(files.steps(), boost::system::errc::no_space_on_device);
  const auto added = past.add({{"to", "2"}}, date(0));
  REQUIRE_FALSE(added);
  CHECK(added.error().code == boost::system::errc::no_space_on_device);
  REQUIRE(past.add({{"to", "3"}}, date(1)));
  CHECK(all(past) == "{\"to\":\"3\",\"at\":\"1970-01-01T00:00:01Z\"}\n");
}

TEST_SUITE_END();
