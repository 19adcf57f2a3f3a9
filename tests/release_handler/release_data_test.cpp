// The order in which a node starts a release's applications.
#include "release_handler/release_data.hpp"

#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace instar::release_handler::test {
namespace {

using instar::test::memory_file_system;

using applications = std::vector<std::pair<std::string, std::string>>;

/// The order of applications with these lines in their app.yaml, which stand in the
/// release as here: "a b c", or what is wrong.
std::string order_of(const applications& all) {
  memory_file_system files;
  const path root("/node");
  std::string release = "release: tested\nvsn: \"1\"\napplications:\n";
  for (const auto& [name, lines] : all) {
    release += "  - " + name + ": \"1.0\"\n";
    const auto folder = root / "lib" / (name + "-1.0");
    REQUIRE(files.make_folders(folder));
    REQUIRE(files.write(
        folder / "app.yaml",
        "application: " + name + "\nvsn: \"1.0\"\n" + lines + "\n"));
  }
  REQUIRE(files.make_folders(root / "releases" / "1"));
  REQUIRE(files.write(root / "releases" / "1" / "release.yaml", release));
  const auto read = read_release_data(files, root, "1");
  if (!read)
    return read.error().message();
  std::string text;
  for (const auto& app : read->apps)
    text += (text.empty() ? "" : " ") + app.application;
  return text;
}

}  // namespace

TEST_SUITE("release_handler/release_data") {
  TEST_CASE("an application comes after those that it needs") {
    CHECK(order_of({{"top", "applications: [middle]"},
                    {"middle", "applications: [base]"},
                    {"base", ""},
                    {"other", ""}}) == "base middle top other");
  }

  TEST_CASE("an application that needs itself is refused") {
    CHECK(order_of({{"a", "applications: [b]"},
                    {"b", "applications: [c]"},
                    {"c", "applications: [a]"}}) ==
          "application a needs itself, through others");
    CHECK(order_of({{"a", "included_applications: [b]"},
                    {"b", "included_applications: [a]"}}) ==
          "application a needs itself, through others");
  }

  TEST_CASE("an application that is needed and not there is refused") {
    CHECK(order_of({{"a", "applications: [b]"}}) ==
          "application a needs b, which the release does not have");
    CHECK(order_of({{"a", "included_applications: [b]"}}) ==
          "application a needs b, which the release does not have");
    CHECK(order_of({{"a",
                     "applications: [b]\n"
                     "optional_applications: [b]"}}) == "a");
  }

  TEST_CASE("who needs an included application waits for its includer") {
    CHECK(order_of({{"user", "applications: [part]"},
                    {"whole", "included_applications: [part]"},
                    {"part", "applications: [whole, base]"},
                    {"base", ""}}) == "base part whole user");
  }

  TEST_CASE("two that include one are refused by the node as well") {
    CHECK(order_of({{"a", "included_applications: [part]"},
                    {"b", "included_applications: [part]"},
                    {"part", ""}}) ==
          "application part is included by a and by b");
  }
}

}  // namespace instar::release_handler::test
