// Every operation is stopped before each of its steps, the power is cut in
// three ways, the node is started again: the releases must be those of before
// or those of after, and the files exactly the ones that these releases have.
#include "release_handler/errors.hpp"
#include "release_handler/release_store.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

namespace instar::release_handler {
namespace {

using instar::test::crash;
using instar::test::memory_file_system;
using tree = std::map<std::string, std::string>;

struct node {
  memory_file_system files;
  release_store store;

  // 1 is permanent, 2 is unpacked, 3 is a package.
  node() : store(prepare(files)) { files.sync_all(); }

  static release_store prepare(memory_file_system& files) {
    test::put_release(files, "/p1", {"1", {{"a", "1"}, {"b", "1"}}, "0.1"});
    test::put_release(files, "/p2", {"2", {{"a", "2"}, {"b", "1"}}, "0.2"});
    test::put_release(files, "/p3", {"3", {{"a", "3"}, {"b", "1"}}, "0.3"});
    auto made = release_store::create(files, "/n", "/p1");
    REQUIRE(made);
    REQUIRE(made->unpack_release("/p2"));
    return std::move(*made);
  }
};

using operation = std::function<result<>(release_store&)>;

// What a restart finds: the list and all files of the node.
tree restarted(memory_file_system& files) {
  const auto store = release_store::open(files, "/n");
  REQUIRE(store);
  return test::tree_of(files, "/n");
}

void check_every_stop(const operation& before_it, const operation& one) {
  tree before, after;
  std::size_t steps = 0;
  {
    node at;
    REQUIRE(before_it(at.store));
    before = restarted(at.files);
    const auto start = at.files.steps();
    REQUIRE(one(at.store));
    steps = at.files.steps() - start;
    at.files.crash(crash::lose_unsynced);
    after = restarted(at.files);
  }
  REQUIRE(before != after);
  REQUIRE(steps >= 4);
  for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                          crash::keep_everything}) {
    bool seen_before = false, seen_after = false;
    for (std::size_t n = 0; n <= steps; ++n) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(n);
      node at;
      REQUIRE(before_it(at.store));
      at.files.stop_at(at.files.steps() + n);
      const auto done = one(at.store);
      at.files.crash(kind);
      const auto found = restarted(at.files);
      CHECK((found == before || found == after));
      // What was answered holds.
      if (done)
        CHECK(found == after);
      seen_before = seen_before || found == before;
      seen_after = seen_after || found == after;
    }
    CHECK(seen_before);
    CHECK(seen_after);
  }
}

// As above, but one step fails and the node goes on: nothing may have changed,
// or the operation is done but for deleting.
void check_every_failure(const operation& before_it, const operation& one) {
  tree before, after;
  std::size_t steps = 0;
  {
    node at;
    REQUIRE(before_it(at.store));
    before = test::tree_of(at.files, "/n");
    const auto start = at.files.steps();
    REQUIRE(one(at.store));
    steps = at.files.steps() - start;
    after = restarted(at.files);
  }
  for (std::size_t n = 0; n < steps; ++n) {
    CAPTURE(n);
    node at;
    REQUIRE(before_it(at.store));
    at.files.fail_at(at.files.steps() + n,
                     boost::system::errc::no_space_on_device);
    const auto done = one(at.store);
    if (!done) {
      CHECK(done.error().code == boost::system::errc::no_space_on_device);
    }
    const auto found = restarted(at.files);
    CHECK((found == before || found == after));
    if (done)
      CHECK(found == after);
  }
}

result<> nothing(release_store&) {
  return {};
}

result<> install_second(release_store& store) {
  return store.set_current("2");
}

}  // namespace

TEST_SUITE("release_handler/release_store_crash") {
  TEST_CASE("unpack_release is whole or not at all") {
    const auto unpack = [](release_store& store) -> result<> {
      INSTAR_TRY(store.unpack_release("/p3"));
      return {};
    };
    check_every_stop(nothing, unpack);
    check_every_failure(nothing, unpack);
  }

  TEST_CASE("remove_release is whole or not at all") {
    const auto remove = [](release_store& store) {
      return store.remove_release("2");
    };
    check_every_stop(nothing, remove);
    check_every_failure(nothing, remove);
  }

  TEST_CASE("make_permanent is whole or not at all") {
    const auto commit = [](release_store& store) {
      return store.make_permanent("2");
    };
    check_every_stop(install_second, commit);
    check_every_failure(install_second, commit);
  }

  TEST_CASE("reboot_old_release is whole or not at all") {
    const auto make_old = [](release_store& store) -> result<> {
      INSTAR_TRY(store.set_current("2"));
      return store.make_permanent("2");
    };
    const auto reboot = [](release_store& store) {
      return store.reboot_old_release("1");
    };
    check_every_stop(make_old, reboot);
    check_every_failure(make_old, reboot);
  }

  TEST_CASE("set_removed and set_unpacked are whole or not at all") {
    const auto forget = [](release_store& store) {
      return store.set_removed("2");
    };
    const auto take_up = [](release_store& store) -> result<> {
      INSTAR_TRY(store.set_unpacked("2"));
      return {};
    };
    check_every_stop(nothing, forget);
    check_every_failure(nothing, forget);
    check_every_stop(forget, take_up);
    check_every_failure(forget, take_up);
  }

  TEST_CASE("an installation without make_permanent is gone after a crash") {
    for (const auto kind : {crash::lose_unsynced, crash::keep_everything}) {
      node at;
      REQUIRE(at.store.set_current("2"));
      at.files.crash(kind);
      const auto store = release_store::open(at.files, "/n");
      REQUIRE(store);
      CHECK(store->running().vsn == "1");
      CHECK(store->find("2")->status == release_status::unpacked);
    }
  }

  TEST_CASE("making a node can be tried again after a stop at every step") {
    std::size_t steps = 0;
    tree whole;
    {
      memory_file_system files;
      test::put_release(files, "/p1", {"1", {{"a", "1"}}, "0.1"});
      files.sync_all();
      const auto start = files.steps();
      REQUIRE(release_store::create(files, "/n", "/p1"));
      steps = files.steps() - start;
      files.crash(crash::lose_unsynced);
      whole = restarted(files);
    }
    for (const auto kind : {crash::lose_unsynced, crash::lose_unsynced_bytes,
                            crash::keep_everything}) {
      for (std::size_t n = 0; n < steps; ++n) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(n);
        memory_file_system files;
        test::put_release(files, "/p1", {"1", {{"a", "1"}}, "0.1"});
        files.sync_all();
        files.stop_at(files.steps() + n);
        static_cast<void>(release_store::create(files, "/n", "/p1"));
        files.crash(kind);
        const auto again = release_store::create(files, "/n", "/p1");
        CHECK((again || again.error().code == errc::existing_release));
        CHECK(restarted(files) == whole);
      }
    }
  }
}

}  // namespace instar::release_handler
