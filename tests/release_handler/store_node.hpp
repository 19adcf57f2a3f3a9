// A node in memory with three packages, for the tests of release_store.
#pragma once

#include "release_handler/release_store.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

namespace instar::release_handler::test {

inline constexpr const char* list = "/n/releases/RELEASES.yaml";

// A node with the permanent release 1, and packages for 2 and 3.
struct node {
  instar::test::memory_file_system files;

  node() {
    put_release(files, "/p1", {"1", {{"a", "1"}, {"b", "1"}}, "0.1"});
    put_release(files, "/p2", {"2", {{"a", "2"}, {"b", "1"}}, "0.1"});
    put_release(files, "/p3", {"3", {{"a", "3"}, {"c", "1"}}, "0.3"});
    REQUIRE(release_store::create(files, "/n", "/p1"));
    files.sync_all();
  }
  release_store open() {
    auto store = release_store::open(files, "/n");
    REQUIRE(store);
    return std::move(*store);
  }
};

// "1 permanent, 2 current"
inline std::string statuses(const release_store& store) {
  std::string text;
  for (const auto& one : store.which_releases()) {
    text += (text.empty() ? "" : ", ") + one.vsn + " " + to_string(one.status);
  }
  return text;
}

// A node in the state of `statuses`: releases 2 and 3 as it says.
inline release_store in_state(node& at, std::string_view second,
                              std::string_view third = {}) {
  auto store = at.open();
  REQUIRE(store.unpack_release("/p2"));
  if (!third.empty())
    REQUIRE(store.unpack_release("/p3"));
  if (second == "old") {
    REQUIRE(store.set_current("2"));
    REQUIRE(store.set_current("1"));
  }
  if (second == "current")
    REQUIRE(store.set_current("2"));
  if (third == "current")
    REQUIRE(store.set_current("3"));
  return store;
}

}  // namespace instar::release_handler::test
