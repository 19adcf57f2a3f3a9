// The release handler's operations on releases whose code does not run, with
// journal and history; each is stopped at every step.
#include "release_handler/errors.hpp"
#include "release_handler/release_handler.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/test_node.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <set>

TEST_SUITE_BEGIN("release_handler/release_operations");

using namespace instar;
using namespace instar::release_handler;
using instar::release_handler::test::put_release;
using instar::test::crash;

namespace {

const requester ann{"ann"};

class still_clock final : public instar::clock {
public:
  steady_time now() const override { return {}; }
  std::chrono::system_clock::time_point date() const override {
    return std::chrono::system_clock::time_point(std::chrono::hours(1));
  }
};

// Release 1 is permanent; 2 to 6 are packages, /relup.yaml a file.
class operated_node {
public:
  instar::test::test_node stepped;
  still_clock time;
  std::unique_ptr<instar::release_handler::release_handler> releases;

  operated_node() {
    auto& files = stepped.files;
    for (int vsn = 1; vsn <= 6; ++vsn) {
      const auto text = std::to_string(vsn);
      put_release(files, "/p" + text, {text, {{"a", text}, {"b", "1"}}});
    }
    REQUIRE(files.write("/relup.yaml", "vsn: \"2\"\n"));
    REQUIRE(release_store::create(files, "/n", "/p1"));
    files.sync_all();
  }
  // With what is on disk; `current` is set where it is given.
  void start(const std::string& current = {}) {
    releases.reset();
    auto store = release_store::open(stepped.files, "/n");
    REQUIRE(store);
    if (!current.empty())
      REQUIRE(store->set_current(current));
    releases = std::make_unique<instar::release_handler::release_handler>(
        stepped.node, stepped.files, std::move(*store), time);
  }
  // One after the other becomes permanent.
  void run_through(const std::vector<std::string>& versions) {
    for (const auto& vsn : versions) {
      start();
      if (std::string(statuses()).find(vsn + " ") == std::string::npos)
        REQUIRE(releases->unpack_release("/p" + vsn, ann));
      start(vsn);
      REQUIRE(releases->make_permanent(vsn, ann));
    }
  }
  std::string statuses() const {
    std::string text;
    for (const auto& one : releases->which_releases()) {
      text +=
          (text.empty() ? "" : ", ") + one.vsn + " " + to_string(one.status);
    }
    return text;
  }
  // "remove 1 removed ann", one a line.
  std::string told() const {
    std::string all;
    for (const auto& entry : releases->all_history()) {
      const auto text = [&](const char* key) {
        const auto* item = entry.as_object().if_contains(key);
        return item == nullptr
                   ? std::string("-")
                   : std::string(std::string_view(item->get_string()));
      };
      all += fmt::format("{} {} {} {}\n", text("operation"), text("to"),
                         text("outcome"), text("by"));
    }
    return all;
  }
};

const std::string unpacked_2 = "unpack 2 unpacked ann\n";

}  // namespace

TEST_CASE("each operation on a release is in the history with its maker") {
  operated_node at;
  at.start();
  auto& releases = *at.releases;
  REQUIRE(releases.unpack_release("/p2", ann));
  REQUIRE(releases.install_file("2", "/relup.yaml", ann));
  CHECK(at.stepped.files.kind("/n/releases/2/relup.yaml") ==
        file_kind::regular);
  REQUIRE(releases.set_removed("2", ann));
  CHECK(at.statuses() == "1 permanent");
  REQUIRE(releases.set_unpacked("2", ann));
  CHECK(at.statuses() == "1 permanent, 2 unpacked");
  REQUIRE(releases.remove_release("2", ann));
  CHECK_FALSE(releases.remove_release("1", ann));
  CHECK(at.told() ==
        "unpack 2 unpacked ann\n"
        "install_file 2 placed ann\n"
        "set_removed 2 removed ann\n"
        "set_unpacked 2 unpacked ann\n"
        "remove 2 removed ann\n"
        "remove 1 refused ann\n");
}

TEST_CASE("releases are asked for by their status") {
  operated_node at;
  at.run_through({"2", "3"});
  const auto old = at.releases->which_releases(release_status::old);
  REQUIRE(old.size() == 2);
  CHECK(old[0].vsn == "1");
  CHECK(old[1].vsn == "2");
  CHECK(at.releases->which_releases(release_status::current).empty());
}

TEST_CASE("a file of a release is replaced whole and release.yaml stays") {
  operated_node at;
  at.start();
  auto& releases = *at.releases;
  REQUIRE(releases.unpack_release("/p2", ann));
  const auto tag = [](const result<>& refused) {
    REQUIRE_FALSE(refused);
    return refused.error().tag();
  };
  CHECK(tag(releases.install_file("9", "/relup.yaml", ann)) ==
        "no_such_release");
  CHECK(tag(releases.install_file("2", "/none.yaml", ann)) == "no_such_file");
  CHECK(tag(releases.install_file("2", "/p2", ann)) == "no_such_file");
  CHECK(tag(releases.install_file("2", "/p3/releases/3/release.yaml", ann)) ==
        "bad_release_file");
  REQUIRE(releases.install_file("2", "/relup.yaml", ann));
  REQUIRE(at.stepped.files.write("/relup.yaml", "vsn: \"2\"\nup: []\n"));
  REQUIRE(releases.install_file("2", "/relup.yaml", ann));
  CHECK(at.stepped.files.read("/n/releases/2/relup.yaml", 100).value() ==
        "vsn: \"2\"\nup: []\n");
}

TEST_CASE("an old release is what the next start starts") {
  operated_node at;
  at.run_through({"2"});
  CHECK_FALSE(at.releases->reboot_old_release("2", ann));
  REQUIRE(at.releases->reboot_old_release("1", ann));
  CHECK(at.statuses() == "1 permanent, 2 old");
  CHECK(at.told() == unpacked_2 +
                         "commit 2 permanent ann\n"
                         "reboot 2 refused ann\n"
                         "reboot 1 permanent ann\n");
  at.start();
  CHECK(at.releases->running().vsn == "1");
}

TEST_CASE("a commit removes the old releases that are too many") {
  operated_node at;
  at.run_through({"2", "3", "4"});
  at.start();
  REQUIRE(at.releases->unpack_release("/p5", ann));
  REQUIRE(at.releases->unpack_release("/p6", ann));
  at.start("5");
  at.releases->keep_old_releases(2);
  REQUIRE(at.releases->make_permanent("5", ann));
  // Neither what was never run nor what runs is too old.
  CHECK(at.statuses() == "3 old, 4 old, 5 permanent, 6 unpacked");
  CHECK(at.stepped.files.kind("/n/lib/a-1") == file_kind::missing);
  CHECK(at.stepped.files.kind("/n/lib/a-3") == file_kind::folder);
  CHECK(at.stepped.files.kind("/n/lib/b-1") == file_kind::folder);
  CHECK(at.told().ends_with(
      "commit 5 permanent ann\nremove 1 removed ann\nremove 2 removed ann\n"));
  const auto entry = at.releases->all_history().back();
  CHECK(entry.at("why") == "keep: 2");
}

TEST_CASE("the release that was permanent until now is the last to go") {
  operated_node at;
  at.run_through({"2", "3"});
  at.start("1");
  at.releases->keep_old_releases(1);
  REQUIRE(at.releases->make_permanent("1", ann));
  CHECK(at.statuses() == "1 permanent, 3 old");
  at.start();
  at.releases->keep_old_releases(1);
  REQUIRE(at.releases->unpack_release("/p2", ann));
  at.start("2");
  at.releases->keep_old_releases(1);
  REQUIRE(at.releases->make_permanent("2", ann));
  // 3 is newer, but 1 ran until now.
  CHECK(at.statuses() == "1 old, 2 permanent");
}

namespace {

struct tried {
  const char* operation;
  const char* outcome;
  std::function<void(operated_node&)> prepare;
  std::function<result<>(instar::release_handler::release_handler&)> run;
};

const std::vector<tried> operations = {
    {"unpack", "unpacked", [](auto& at) { at.start(); },
     [](auto& releases) -> result<> {
       INSTAR_TRY(releases.unpack_release("/p2", ann));
       return {};
     }},
    {"install_file", "placed", [](auto& at) { at.start(); },
     [](auto& releases) {
       return releases.install_file("1", "/relup.yaml", ann);
     }},
    {"set_removed", "removed",
     [](auto& at) {
       at.start();
       REQUIRE(at.releases->unpack_release("/p2", ann));
     },
     [](auto& releases) { return releases.set_removed("2", ann); }},
    {"set_unpacked", "unpacked",
     [](auto& at) {
       at.start();
       REQUIRE(at.releases->unpack_release("/p2", ann));
       REQUIRE(at.releases->set_removed("2", ann));
     },
     [](auto& releases) { return releases.set_unpacked("2", ann); }},
    {"remove", "removed",
     [](auto& at) {
       at.start();
       REQUIRE(at.releases->unpack_release("/p2", ann));
     },
     [](auto& releases) { return releases.remove_release("2", ann); }},
    {"commit", "permanent",
     [](auto& at) {
       at.start();
       REQUIRE(at.releases->unpack_release("/p2", ann));
       at.start("2");
     },
     [](auto& releases) { return releases.make_permanent("2", ann); }},
    {"reboot", "permanent",
     [](auto& at) {
       at.run_through({"2"});
       at.start();
     },
     [](auto& releases) { return releases.reboot_old_release("1", ann); }},
};

// What a restart finds but journal and history.
std::map<std::string, std::string> restarted(operated_node& at) {
  at.start();
  auto all = release_handler::test::tree_of(at.stepped.files, "/n");
  std::erase_if(all, [](const auto& one) {
    return one.first.find("log") != std::string::npos;
  });
  return all;
}

struct outcomes {
  std::map<std::string, std::string> before, after;
  std::size_t steps = 0;
};

outcomes legal(const tried& one) {
  outcomes found;
  operated_node at;
  one.prepare(at);
  {
    operated_node other;
    one.prepare(other);
    found.before = restarted(other);
  }
  const auto start = at.stepped.files.steps();
  REQUIRE(one.run(*at.releases));
  found.steps = at.stepped.files.steps() - start;
  at.stepped.files.crash(crash::lose_unsynced);
  found.after = restarted(at);
  REQUIRE(found.before != found.after);
  return found;
}

// Of the last operation in the history, or nothing.
std::string last_outcome(operated_node& at, std::size_t entries_before,
                         const char* operation) {
  const auto all = at.releases->all_history();
  CHECK(all.size() <= entries_before + 1);
  if (all.size() == entries_before)
    return {};
  const auto& last = all.back();
  CHECK(last.at("operation") == operation);
  return std::string(std::string_view(last.at("outcome").as_string()));
}

}  // namespace

TEST_CASE("an operation that is stopped at any step is done or not begun") {
  for (const auto& one : operations) {
    CAPTURE(one.operation);
    const auto expected = legal(one);
    // Their outcome is told whatever happens.
    const bool has_journal = one.outcome == std::string("permanent");
    for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                            crash::keep_everything}) {
      std::set<bool> seen;
      for (std::size_t n = 0; n <= expected.steps; ++n) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(n);
        operated_node at;
        one.prepare(at);
        at.stepped.files.sync_all();
        const auto entries = at.releases->all_history().size();
        at.stepped.files.stop_at(at.stepped.files.steps() + n);
        const auto done = one.run(*at.releases);
        at.stepped.files.crash(kind);
        const auto found = restarted(at);
        const bool is_after = found == expected.after;
        seen.insert(is_after);
        CHECK((is_after || found == expected.before));
        if (done)
          CHECK(is_after);
        const auto told = last_outcome(at, entries, one.operation);
        if (is_after && has_journal)
          CHECK(told == one.outcome);
        if (!is_after)
          CHECK((told.empty() || told == "interrupted" || told == "refused"));
      }
      CHECK(seen.size() == 2);
    }
  }
}

TEST_CASE("an operation of which one step fails is done or not begun") {
  for (const auto& one : operations) {
    CAPTURE(one.operation);
    const auto expected = legal(one);
    for (std::size_t n = 0; n < expected.steps; ++n) {
      CAPTURE(n);
      operated_node at;
      one.prepare(at);
      const auto entries = at.releases->all_history().size();
      at.stepped.files.fail_at(at.stepped.files.steps() + n,
                               boost::system::errc::no_space_on_device);
      const auto done = one.run(*at.releases);
      if (!done) {
        CHECK_MESSAGE(
            done.error().message().find("No space left") != std::string::npos,
            done.error().message());
      }
      const auto found = restarted(at);
      CHECK((found == expected.before || found == expected.after));
      if (done)
        CHECK(found == expected.after);
      const auto told = last_outcome(at, entries, one.operation);
      CHECK(told != "interrupted");
    }
  }
}

TEST_CASE("releases that keep removes are whole or gone after any stop") {
  const auto prepare = [](operated_node& at) {
    at.run_through({"2", "3"});
    at.start();
    REQUIRE(at.releases->unpack_release("/p4", ann));
    at.start("4");
    at.releases->keep_old_releases(1);
    at.stepped.files.sync_all();
  };
  std::size_t steps = 0;
  {
    operated_node at;
    prepare(at);
    const auto start = at.stepped.files.steps();
    REQUIRE(at.releases->make_permanent("4", ann));
    steps = at.stepped.files.steps() - start;
    CHECK(at.statuses() == "3 old, 4 permanent");
  }
  std::set<std::string> seen;
  for (std::size_t n = 0; n <= steps; ++n) {
    CAPTURE(n);
    operated_node at;
    prepare(at);
    at.stepped.files.stop_at(at.stepped.files.steps() + n);
    static_cast<void>(at.releases->make_permanent("4", ann));
    at.stepped.files.crash(crash::lose_unsynced);
    const auto found = restarted(at);
    seen.insert(at.statuses());
    for (const auto& one : at.releases->which_releases()) {
      for (const auto& lib : one.libs)
        CHECK(found.contains("lib/" + lib.folder_name() + "/app.yaml"));
    }
    for (const auto* vsn : {"1", "2"}) {
      const bool is_listed =
          at.statuses().find(std::string(vsn) + " old") != std::string::npos;
      CHECK(found.contains("lib/a-" + std::string(vsn) + "/") == is_listed);
    }
  }
  CHECK(seen == std::set<std::string>{"1 old, 2 old, 3 permanent, 4 unpacked",
                                      "1 old, 2 old, 3 old, 4 permanent",
                                      "2 old, 3 old, 4 permanent",
                                      "3 old, 4 permanent"});
}

TEST_SUITE_END();
