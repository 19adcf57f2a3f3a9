#include "release_handler/errors.hpp"
#include "release_handler/release_store.hpp"
#include "tests/release_handler/store_node.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

using instar::test::memory_file_system;
using test::in_state;
using test::list;
using test::node;
using test::statuses;

}  // namespace

TEST_SUITE("release_handler/release_store_files") {
  TEST_CASE("a node made from a package has that release as permanent") {
    node at;
    const auto store = at.open();
    CHECK(statuses(store) == "1 permanent");
    CHECK(store.running().vsn == "1");
    CHECK(store.permanent().name == "counterd");
    CHECK(store.permanent().libs ==
          std::vector<lib_id>{{"a", "1"}, {"b", "1"}});
    CHECK(store.permanent().runtime == "0.1");
    CHECK(at.files.kind(store.lib_folder({"a", "1"}) / "modules/a.so") ==
          file_kind::regular);
    CHECK(at.files.kind(store.release_folder("1") / "release.yaml") ==
          file_kind::regular);
    CHECK(at.files.list("/n/releases").value() ==
          std::vector<std::string>{"1", "RELEASES.yaml"});
    const auto again = release_store::create(at.files, "/n", "/p2");
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::existing_release);
  }

  TEST_CASE("a release is unpacked only once") {
    node at;
    auto store = in_state(at, "unpacked");
    const auto before = at.files.tree();
    CHECK(store.unpack_release("/p2").error().code == errc::existing_release);
    CHECK(store.set_unpacked("2").error().code == errc::existing_release);
    CHECK(at.files.tree() == before);
    REQUIRE(store.set_removed("2"));
    CHECK(store.unpack_release("/p2").error().code == errc::existing_release);
    CHECK(at.files.kind("/n/releases/2/release.yaml") == file_kind::regular);
  }

  TEST_CASE("a package that does not fit is refused before it is unpacked") {
    node at;
    auto store = at.open();
    const auto before = at.files.tree();
    package_rules rules;
    rules.free_bytes = [](const path&) { return std::uint64_t{4} << 20U; };
    const auto refused = store.unpack_release("/p2", rules);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::no_space);
    CHECK(refused.error().message() ==
          "/p2 needs 0.1 MiB on the disk of /n/releases, which has 4.0 MiB "
          "free (4.0 MiB of which stay reserved for the node's own records): "
          "free some, or remove old releases");
    CHECK(at.files.tree() == before);
    rules.free_bytes = [](const path&) { return std::uint64_t{8} << 20U; };
    CHECK(store.unpack_release("/p2", rules));
  }

  TEST_CASE("a bad package changes nothing on the node") {
    node at;
    REQUIRE(at.files.write("/p2/README", "stray"));
    auto store = at.open();
    const auto before = at.files.tree();
    CHECK(store.unpack_release("/p2").error().code == errc::bad_package);
    CHECK(store.unpack_release("/none").error().code == errc::no_such_file);
    CHECK(at.files.tree() == before);
    CHECK(statuses(store) == "1 permanent");
  }

  TEST_CASE("a lib that the node has already is kept as it is") {
    node at;
    REQUIRE(at.files.write("/p2/lib/b-1/modules/b.so", "rebuilt"));
    auto store = at.open();
    REQUIRE(store.unpack_release("/p2"));
    CHECK(at.files.read("/n/lib/b-1/modules/b.so", 99).value() ==
          "the code of b-1");
    CHECK(at.files.kind("/n/lib/a-2/modules/a.so") == file_kind::regular);
  }

  TEST_CASE("removing keeps what other releases have") {
    node at;
    auto store = in_state(at, "unpacked", "unpacked");
    REQUIRE(store.remove_release("3"));
    CHECK(at.files.kind("/n/lib/a-3") == file_kind::missing);
    CHECK(at.files.kind("/n/lib/c-1") == file_kind::missing);
    CHECK(at.files.kind("/n/runtime-0.3") == file_kind::missing);
    CHECK(at.files.kind("/n/releases/3") == file_kind::missing);
    REQUIRE(store.remove_release("2"));
    CHECK(at.files.kind("/n/lib/a-2") == file_kind::missing);
    CHECK(at.files.kind("/n/lib/b-1") == file_kind::folder);
    CHECK(at.files.kind("/n/runtime-0.1") == file_kind::folder);
  }

  TEST_CASE("a release whose lib folder is gone can still be removed") {
    node at;
    auto store = in_state(at, "unpacked");
    REQUIRE(at.files.remove_all("/n/lib/a-2"));
    REQUIRE(at.files.remove_all("/n/releases/2"));
    CHECK(store.remove_release("2"));
    CHECK(statuses(at.open()) == "1 permanent");
  }

  TEST_CASE("a release that was half removed can be removed again") {
    node at;
    const auto before = at.files.tree();
    auto store = in_state(at, "unpacked");
    // The note and the list take four steps each.
    at.files.fail_at(at.files.steps() + 10,
                     boost::system::errc::permission_denied);
    CHECK(store.remove_release("2").error().code ==
          boost::system::errc::permission_denied);
    CHECK(statuses(store) == "1 permanent");
    CHECK(at.files.tree() != before);
    CHECK(store.remove_release("2"));
    CHECK(at.files.tree() == before);
    CHECK(store.remove_release("2").error().code == errc::no_such_release);
  }

  TEST_CASE("set_unpacked needs every file in its place") {
    node at;
    auto store = at.open();
    CHECK(store.set_unpacked("2").error().message() ==
          "/n/releases/2/release.yaml is not there");
    test::put_release(at.files, "/n", {"2", {{"a", "2"}, {"b", "1"}}, "0.1"});
    REQUIRE(at.files.remove_all("/n/lib/a-2"));
    const auto missing = store.set_unpacked("2");
    CHECK(missing.error().code == errc::no_such_application);
    CHECK(missing.error().message() == "the application a-2 is not in /n/lib");
    REQUIRE(at.files.rename("/n/releases/2", "/n/releases/4"));
    CHECK(store.set_unpacked("4").error().code == errc::bad_release_file);
    CHECK(statuses(store) == "1 permanent");
  }

  TEST_CASE("a start with a release that lost its release.yaml is refused") {
    node at;
    auto store = in_state(at, "current");
    REQUIRE(at.files.remove("/n/releases/2/release.yaml"));
    CHECK(store.make_permanent("2").error().code == errc::no_such_file);
    CHECK(statuses(store) == "1 permanent, 2 current");
    REQUIRE(at.files.remove("/n/releases/1/release.yaml"));
    const auto opened = release_store::open(at.files, "/n");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::no_such_file);
    CHECK(opened.error().message() ==
          "/n/releases/1/release.yaml is not there: without it release \"1\" "
          "cannot be started");
  }

  TEST_CASE("a node without RELEASES.yaml starts its only release") {
    node at;
    REQUIRE(at.files.remove(list));
    CHECK(statuses(at.open()) == "1 permanent");
    CHECK(at.files.kind(list) == file_kind::regular);

    test::put_release(at.files, "/n", {"2", {{"a", "2"}, {"b", "1"}}, "0.1"});
    REQUIRE(at.files.remove(list));
    const auto two = release_store::open(at.files, "/n");
    REQUIRE_FALSE(two);
    CHECK(two.error().code == errc::no_such_release);
    CHECK(two.error().message() ==
          "/n/releases has 2 releases and no RELEASES.yaml: name the one to "
          "start");
    REQUIRE(release_store::create_RELEASES(at.files, "/n", "2"));
    CHECK(statuses(at.open()) == "2 permanent");
    CHECK(release_store::create_RELEASES(at.files, "/n", "9").error().code ==
          errc::no_such_file);
  }

  TEST_CASE("a folder that is no node says what to do") {
    memory_file_system files;
    const auto nothing = release_store::open(files, "/n");
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code == errc::no_such_release);
    CHECK(nothing.error().message() ==
          "/n is not a node's folder, it has no releases/: make the node from "
          "a package");
    REQUIRE(files.make_folders("/n/releases"));
    const auto empty = release_store::open(files, "/n");
    REQUIRE_FALSE(empty);
    CHECK(empty.error().message() ==
          "/n/releases has no release: make the node from a package");
  }

  TEST_CASE("a RELEASES.yaml that cannot be read is never replaced") {
    node at;
    REQUIRE(at.files.write(list, "releases: [\n"));
    const auto opened = release_store::open(at.files, "/n");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::bad_releases_file);
    CHECK(opened.error().message().starts_with(std::string(list) + ":1:11: "));
    CHECK(opened.error().message().find("Mend it, or move it away") !=
          std::string::npos);
    CHECK(at.files.read(list, 99).value() == "releases: [\n");
  }

  TEST_CASE("a release is unpacked from an archive on the real disk") {
    const test::temporary_folder folder;
    real_file_system files;
    const auto at = folder.where();
    test::put_release(files, at / "p1", {"1", {{"a", "1"}}});
    test::put_release(files, at / "p2", {"2", {{"a", "2"}}});
    test::put_manifest(files, at / "p2");
    test::put_archive(at / "p2.tar.zst", test::entries_of(files, at / "p2"));
    REQUIRE(release_store::create(files, at / "n", at / "p1"));
    auto store = release_store::open(files, at / "n");
    REQUIRE(store);
    CHECK(store->unpack_release(at / "p2.tar.zst").value() == "2");
    CHECK(statuses(*store) == "1 permanent, 2 unpacked");
    const auto tree = test::tree_of(files, at / "n");
    CHECK(tree.at("lib/a-2/modules/a.so") == "the code of a-2");
    CHECK(tree.count("releases/2/release.yaml") == 1);
    CHECK(tree.count("MANIFEST") == 0);
    REQUIRE(store->remove_release("2"));
    CHECK(test::tree_of(files, at / "n").count("lib/a-2/") == 0);
  }
}

}  // namespace instar::release_handler
