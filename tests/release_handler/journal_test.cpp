#include "release_handler/journal.hpp"

#include "release_handler/errors.hpp"
#include "release_handler/interruption.hpp"
#include "tests/release_handler/store_node.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <functional>

TEST_SUITE_BEGIN("release_handler/journal");

using namespace instar;
using namespace instar::release_handler;
using instar::test::crash;
using instar::test::memory_file_system;

namespace {

const path file = "/n/log/journal.jsonl";

std::chrono::system_clock::time_point date(int seconds) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

boost::json::object install_of(const char* to) {
  return {{"operation", "install"},
          {"by", "ann"},
          {"at", "2026-11-21T06:00:00Z"},
          {"from", "1"},
          {"to", to}};
}

// "begin 0", or "installed 1 ink:write[] done, ink:more[] begun"
std::string found(memory_file_system& files) {
  journal records(files, file);
  const auto left = records.find_unfinished();
  REQUIRE(left);
  if (!*left)
    return "nothing";
  auto text = fmt::format("{} {}", (*left)->reached, (*left)->batches);
  for (const auto& one : (*left)->effects)
    text += fmt::format(", {} {}", one.what, one.is_done ? "done" : "begun");
  return text;
}

// An installation with an effect between two batches, of which the second fails.
result<> whole_operation(journal& records) {
  INSTAR_TRY(records.begin(install_of("2")));
  INSTAR_TRY(records.prepared(1));
  INSTAR_TRY(records.installed(1));
  INSTAR_TRY_ASSIGN(const auto effect,
                    records.doing("ink:write[]", true, "ink:erase[]"));
  INSTAR_TRY(records.done(effect));
  INSTAR_TRY(records.prepared(2));
  INSTAR_TRY(records.undone(effect));
  INSTAR_TRY(records.taken_back(1));
  return records.end("rolled_back");
}

// What a start may find: everything in the order of writing.
const std::vector<std::string> states = {"nothing",
                                         "begin 0",
                                         "prepared 0",
                                         "installed 1",
                                         "installed 1, ink:write[] begun",
                                         "installed 1, ink:write[] done",
                                         "prepared 1, ink:write[] done",
                                         "prepared 1",
                                         "taken_back 0"};

}  // namespace

TEST_CASE("a journal that is not there has nothing open") {
  memory_file_system files;
  CHECK(found(files) == "nothing");
}

TEST_CASE("each record says how far the operation is") {
  memory_file_system files;
  journal records(files, file);
  const auto after = [&](const result<>& written) {
    REQUIRE(written);
    return found(files);
  };
  CHECK_FALSE(records.is_open());
  CHECK(after(records.begin(install_of("2"))) == states[1]);
  CHECK(records.is_open());
  CHECK(after(records.prepared(1)) == states[2]);
  CHECK(after(records.installed(1)) == states[3]);
  const auto effect = records.doing("ink:write[]", true, "ink:erase[]");
  REQUIRE(effect);
  CHECK(found(files) == states[4]);
  CHECK(after(records.done(*effect)) == states[5]);
  CHECK(after(records.prepared(2)) == states[6]);
  CHECK(after(records.undone(*effect)) == states[7]);
  CHECK(after(records.taken_back(1)) == states[8]);
  CHECK(after(records.end("rolled_back")) == states[0]);
  CHECK_FALSE(records.is_open());
}

TEST_CASE("an effect that fails and one that a restart undoes are not left") {
  memory_file_system files;
  journal records(files, file);
  REQUIRE(records.begin(install_of("2")));
  const auto failing = records.doing("ink:write[]", true, "");
  REQUIRE(failing);
  REQUIRE(records.failed(*failing));
  REQUIRE(records.doing("stop red", false, ""));
  CHECK(found(files) == "begin 0");
}

TEST_CASE("a hop that was taken back takes its effects and batches along") {
  memory_file_system files;
  journal records(files, file);
  REQUIRE(records.begin(install_of("3")));
  for (std::size_t hop = 1; hop <= 2; ++hop) {
    REQUIRE(records.hop(hop, std::to_string(hop), std::to_string(hop + 1)));
    REQUIRE(records.installed(1));
    REQUIRE(records.doing(fmt::format("apply {}", hop), true, ""));
  }
  CHECK(found(files) == "installed 2, apply 1 begun, apply 2 begun");
  REQUIRE(records.hop_taken_back(1));
  CHECK(found(files) == "hop_taken_back 1, apply 2 begun");
}

TEST_CASE("a power cut at any step leaves what was written before it") {
  std::size_t steps = 0;
  const auto prepare = [](memory_file_system& files) {
    REQUIRE(files.make_folders("/n"));
    files.sync_all();
    return files.steps();
  };
  {
    memory_file_system files;
    journal records(files, file);
    const auto start = prepare(files);
    REQUIRE(whole_operation(records));
    steps = files.steps() - start;
  }
  for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                          crash::keep_everything}) {
    std::size_t last = 0;
    for (std::size_t n = 0; n <= steps; ++n) {
      CAPTURE(n);
      memory_file_system files;
      journal records(files, file);
      files.stop_at(prepare(files) + n);
      const auto done = whole_operation(records);
      files.crash(kind);
      const auto now = std::find(states.begin() + static_cast<int>(last),
                                 states.end(), found(files));
      if (n == steps) {
        CHECK(done);
        CHECK(found(files) == states.front());
        continue;
      }
      CHECK_FALSE(done);
      // The file's last state is its first one.
      if (found(files) == states.front())
        CHECK((last == 0 || last + 1 == states.size()));
      else
        REQUIRE(now != states.end());
      if (now != states.end())
        last = static_cast<std::size_t>(now - states.begin());
    }
    CHECK(last + 1 == states.size());
  }
}

TEST_CASE("a begin that fails leaves nothing open") {
  for (std::size_t n = 0; n < 7; ++n) {
    CAPTURE(n);
    memory_file_system files;
    REQUIRE(files.make_folders("/n"));
    files.sync_all();
    journal records(files, file);
    const auto start = files.steps();
    files.fail_at(start + n, boost::system::errc::no_space_on_device);
    const auto begun = records.begin(install_of("2"));
    if (begun) {
      CHECK(n >= 6);
      continue;
    }
    CHECK(begun.error().code == errc::journal_failed);
    CHECK(begun.error().message().find("No space left") != std::string::npos);
    CHECK_FALSE(records.is_open());
    files.crash(crash::lose_unsynced);
    CHECK(found(files) == "nothing");
  }
}

TEST_CASE("a record after one that was cut off is read") {
  memory_file_system files;
  journal records(files, file);
  REQUIRE(records.begin(install_of("2")));
  files.fail_at(files.steps(), boost::system::errc::no_space_on_device);
  CHECK_FALSE(records.prepared(1));
  CHECK(found(files) == "begin 0");
  REQUIRE(records.taken_back(1));
  CHECK(found(files) == "taken_back 0");
  REQUIRE(records.end("undone"));
  CHECK(found(files) == "nothing");
}

TEST_CASE("no two operations have one id also where a restart is between") {
  memory_file_system files;
  journal first(files, file);
  REQUIRE(first.begin(install_of("2")));
  CHECK(first.id() == "2026-11-21T06:00:00Z/1");
  REQUIRE(first.begin(install_of("3")));
  CHECK(first.id() == "2026-11-21T06:00:00Z/2");
  journal second(files, file);
  REQUIRE(second.close_unfinished());
  REQUIRE(second.begin(install_of("2")));
  CHECK(second.id() == "2026-11-21T06:00:00Z/3");
}

TEST_CASE("what a crash interrupted is one entry of the history") {
  instar::release_handler::test::node at;
  const auto store = at.open();
  const auto interrupt = [&] {
    journal records(at.files, file);
    REQUIRE(records.begin(install_of("2")));
    REQUIRE(records.prepared(1));
    REQUIRE(records.installed(1));
    REQUIRE(records.doing("ink:write[]", true, "ink:erase[]"));
    REQUIRE(records.doing("stop child ann of team", false, ""));
    REQUIRE(records.done(2));
    at.files.crash(crash::lose_unsynced);
  };
  interrupt();
  history past(at.files, "/n/log/history.jsonl");
  journal records(at.files, file);
  const auto noted = note_interrupted(records, past, store, date(0));
  REQUIRE(noted);
  REQUIRE(*noted);
  CHECK(describe_interrupted(**noted) ==
        "install of 2 by ann, begun 2026-11-21T06:00:00Z, was interrupted: "
        "release 1 is the permanent one, and started; not undone: ink:write[] "
        "(begun, its undo is ink:erase[]); ended with the node: stop child ann "
        "of team (done)");
  REQUIRE(past.all().size() == 1);
  CHECK(boost::json::serialize(past.all().front()) ==
        R"({"to":"2","from":"1","operation":"install","by":"ann",)"
        R"("at":"1970-01-01T00:00:00Z","began":"2026-11-21T06:00:00Z",)"
        R"("id":"2026-11-21T06:00:00Z/1","ok":false,"outcome":"interrupted",)"
        R"("permanent":"1","reached":"installed","batches":1,)"
        R"("effects_not_undone":[{"effect":"ink:write[]","done":false,)"
        R"("undo":"ink:erase[]"}],"effects_ended":[)"
        R"({"effect":"stop child ann of team","done":true}]})");
  const auto again = note_interrupted(records, past, store, date(1));
  REQUIRE(again);
  CHECK_FALSE(*again);
  CHECK(past.all().size() == 1);
}

TEST_CASE("noting what was interrupted survives a crash at any step") {
  const auto prepare = [](memory_file_system& files) {
    journal records(files, file);
    REQUIRE(records.begin(install_of("2")));
    files.sync_all();
  };
  std::size_t steps = 0;
  {
    instar::release_handler::test::node at;
    prepare(at.files);
    const auto store = at.open();
    history past(at.files, "/n/log/history.jsonl");
    journal records(at.files, file);
    const auto start = at.files.steps();
    REQUIRE(note_interrupted(records, past, store, date(0)));
    steps = at.files.steps() - start;
  }
  for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                          crash::keep_everything}) {
    for (std::size_t n = 0; n < steps; ++n) {
      CAPTURE(n);
      instar::release_handler::test::node at;
      prepare(at.files);
      const auto store = at.open();
      for (const bool stops : {true, false}) {
        history past(at.files, "/n/log/history.jsonl");
        journal records(at.files, file);
        if (stops)
          at.files.stop_at(at.files.steps() + n);
        const auto noted = note_interrupted(records, past, store, date(0));
        CHECK(noted.has_value() == !stops);
        at.files.crash(kind);
      }
      history past(at.files, "/n/log/history.jsonl");
      CHECK(past.all().size() == 1);
      CHECK(found(at.files) == "nothing");
    }
  }
}

TEST_CASE("an operation that restarts its node is gone on with") {
  memory_file_system files;
  REQUIRE(files.make_folders("/n"));
  std::string id;
  {
    journal before(files, file);
    REQUIRE(before.begin(install_of("2")));
    REQUIRE(before.doing("ink:write[]", true, "ink:erase[]"));
    REQUIRE(before.done(1));
    REQUIRE(before.restarting());
    id = before.id();
  }
  CHECK(found(files) == "restarting 0, ink:write[] done");
  journal after(files, file);
  SUBCASE("by its id") {
    const auto is_ours = after.resume(id);
    REQUIRE(is_ours);
    REQUIRE(*is_ours);
    CHECK(after.id() == id);
    const auto second = after.doing("ink:more[]", true, "");
    REQUIRE(second);
    CHECK(*second == 2);
    CHECK(found(files) == "restarting 0, ink:write[] done, ink:more[] begun");
    REQUIRE(after.end("restarted"));
    CHECK(found(files) == "nothing");
  }
  SUBCASE("after a line that was cut off") {
    REQUIRE(files.append(file, "{\"record\": \"do"));
    REQUIRE(after.resume(id));
    REQUIRE(after.undone(1));
    CHECK(found(files) == "restarting 0");
  }
  SUBCASE("and no other one is") {
    const auto is_ours = after.resume("another");
    REQUIRE(is_ours);
    CHECK_FALSE(*is_ours);
    CHECK_FALSE(after.is_open());
  }
}

TEST_SUITE_END();
