#include "release_handler/release_store.hpp"

#include "release_handler/errors.hpp"
#include "tests/release_handler/store_node.hpp"
#include "tests/support/result.hpp"

#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

using test::in_state;
using test::node;
using test::statuses;

}  // namespace

TEST_SUITE("release_handler/release_store") {
  // The status table, row by row.
  TEST_CASE("unpacked by unpack_release") {
    node at;
    auto store = at.open();
    CHECK(store.unpack_release("/p2").value() == "2");
    CHECK(statuses(store) == "1 permanent, 2 unpacked");
    CHECK(statuses(at.open()) == "1 permanent, 2 unpacked");
  }

  TEST_CASE("unpacked by set_unpacked") {
    node at;
    test::put_release(at.files, "/n", {"2", {{"a", "2"}, {"b", "1"}}, "0.1"});
    auto store = at.open();
    CHECK(store.set_unpacked("2").value() == "2");
    CHECK(statuses(store) == "1 permanent, 2 unpacked");
    CHECK(statuses(at.open()) == "1 permanent, 2 unpacked");
  }

  TEST_CASE("unpacked becomes current in memory only") {
    node at;
    auto store = in_state(at, "unpacked");
    const auto before = at.files.tree();
    REQUIRE(store.set_current("2"));
    CHECK(statuses(store) == "1 permanent, 2 current");
    CHECK(store.running().vsn == "2");
    CHECK(store.permanent().vsn == "1");
    CHECK(at.files.tree() == before);
    CHECK(statuses(at.open()) == "1 permanent, 2 unpacked");
  }

  TEST_CASE("old becomes current") {
    node at;
    auto store = in_state(at, "old");
    CHECK(statuses(store) == "1 permanent, 2 old");
    REQUIRE(store.set_current("2"));
    CHECK(statuses(store) == "1 permanent, 2 current");
  }

  TEST_CASE("the current release becomes old when another is installed") {
    node at;
    auto store = in_state(at, "current", "unpacked");
    REQUIRE(store.set_current("3"));
    CHECK(statuses(store) == "1 permanent, 2 old, 3 current");
    CHECK(store.running().vsn == "3");
  }

  TEST_CASE("the permanent release stays permanent when it is gone back to") {
    node at;
    auto store = in_state(at, "current");
    REQUIRE(store.set_current("1"));
    CHECK(statuses(store) == "1 permanent, 2 old");
    CHECK(store.running().vsn == "1");
  }

  TEST_CASE("current becomes permanent and the permanent one old") {
    node at;
    auto store = in_state(at, "current");
    REQUIRE(store.make_permanent("2"));
    CHECK(statuses(store) == "1 old, 2 permanent");
    CHECK(statuses(at.open()) == "1 old, 2 permanent");
    CHECK(store.make_permanent("2"));
    CHECK(statuses(store) == "1 old, 2 permanent");
  }

  TEST_CASE("old becomes permanent by reboot_old_release") {
    node at;
    auto store = in_state(at, "current");
    REQUIRE(store.make_permanent("2"));
    REQUIRE(store.reboot_old_release("1"));
    CHECK(statuses(store) == "1 permanent, 2 old");
    CHECK(statuses(at.open()) == "1 permanent, 2 old");
  }

  TEST_CASE("unpacked and old are gone after remove_release") {
    for (const auto* status : {"unpacked", "old"}) {
      CAPTURE(status);
      node at;
      const auto before = at.files.tree();
      auto store = in_state(at, status);
      REQUIRE(store.remove_release("2"));
      CHECK(statuses(store) == "1 permanent");
      CHECK(at.files.tree() == before);
      CHECK(statuses(at.open()) == "1 permanent");
    }
  }

  TEST_CASE("unpacked and old are forgotten by set_removed and files stay") {
    for (const auto* status : {"unpacked", "old"}) {
      CAPTURE(status);
      node at;
      auto store = in_state(at, status);
      REQUIRE(store.set_removed("2"));
      CHECK(statuses(at.open()) == "1 permanent");
      CHECK(at.files.kind("/n/lib/a-2") == file_kind::folder);
      CHECK(store.set_unpacked("2"));
      CHECK(statuses(at.open()) == "1 permanent, 2 unpacked");
    }
  }

  TEST_CASE("permanent and current cannot be removed") {
    node at;
    auto store = in_state(at, "current");
    const auto before = at.files.tree();
    CHECK(store.remove_release("1").error().code == errc::permanent);
    CHECK(store.set_removed("1").error().code == errc::permanent);
    CHECK(store.remove_release("2").error().code == errc::bad_status);
    CHECK(store.set_removed("2").error().message() ==
          "release \"2\" is current: its code runs");
    CHECK(statuses(store) == "1 permanent, 2 current");
    CHECK(at.files.tree() == before);
  }

  TEST_CASE("what an operation needs of a status is refused by its tag") {
    node at;
    auto store = in_state(at, "current", "unpacked");
    CHECK(store.set_current("2").error().code == errc::already_installed);
    CHECK(store.make_permanent("3").error().message() ==
          "release \"3\" is unpacked: only the current one can become "
          "permanent");
    CHECK(store.make_permanent("3").error().code == errc::bad_status);
    for (const auto* vsn : {"1", "2", "3"}) {
      CHECK(store.reboot_old_release(vsn).error().code == errc::bad_status);
    }
    REQUIRE(store.set_current("3"));
    CHECK(store.make_permanent("2").error().code == errc::bad_status);
    CHECK(statuses(store) == "1 permanent, 2 old, 3 current");
  }

  TEST_CASE("a release that is not there is named") {
    node at;
    auto store = at.open();
    const auto check = [](const failure& why) {
      CHECK(why.code == errc::no_such_release);
      CHECK(why.message() == "there is no release \"9\" on this node");
    };
    check(store.find("9").error());
    check(store.set_current("9").error());
    check(store.make_permanent("9").error());
    check(store.reboot_old_release("9").error());
    check(store.remove_release("9").error());
    check(store.set_removed("9").error());
    CHECK(store.remove_release("../9").error().code == errc::no_such_release);
    CHECK(store.set_unpacked("../9").error().code == errc::no_such_release);
    CHECK(store.find("1").value() == store.permanent());
  }

  TEST_CASE("a failed write keeps the statuses and says why") {
    node at;
    auto store = in_state(at, "current");
    for (std::size_t n = 0; n < 4; ++n) {
      CAPTURE(n);
      at.files.fail_at(at.files.steps() + n,
                       boost::system::errc::no_space_on_device);
      CHECK(store.make_permanent("2").error().code ==
            boost::system::errc::no_space_on_device);
      CHECK(statuses(store) == "1 permanent, 2 current");
      CHECK(statuses(at.open()) == "1 permanent, 2 unpacked");
    }
    CHECK(store.make_permanent("2"));
  }
}

}  // namespace instar::release_handler
