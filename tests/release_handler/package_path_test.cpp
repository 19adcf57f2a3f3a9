#include "release_handler/package_path.hpp"

#include "release_handler/errors.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

failure refusal_of(std::string_view written) {
  const auto got = package_entry_path(written, {});
  REQUIRE_FALSE(got);
  return got.error();
}

}  // namespace

TEST_SUITE("release_handler/package_path") {
  TEST_CASE("a path inside the package is taken without its ornaments") {
    for (const auto* written :
         {"lib/kv-1/app.yaml", "./lib/kv-1/app.yaml", "././lib/kv-1/app.yaml",
          "lib/kv-1/app.yaml/"}) {
      CAPTURE(written);
      CHECK(package_entry_path(written, {}).value() == "lib/kv-1/app.yaml");
    }
    CHECK(package_entry_path(".", {}).value().empty());
    CHECK(package_entry_path("./", {}).value().empty());
    CHECK(package_entry_path("lib/a..b/...", {}).value() == "lib/a..b/...");
  }

  TEST_CASE("a path that leaves the package is refused") {
    for (const auto* written :
         {"..", "../x", "lib/../../x", "lib/..", "./../x", "/etc/passwd", "/",
          "//x", "lib//x", "", "lib/./x", ".//x"}) {
      CAPTURE(written);
      CHECK(refusal_of(written).code == errc::package_path);
    }
    CHECK(refusal_of("lib/../../x").message() ==
          "the package holds the path \"lib/../../x\": it leaves the package's "
          "folder");
    CHECK(refusal_of("/etc/passwd").message() ==
          "the package holds the path \"/etc/passwd\": it is absolute");
  }

  TEST_CASE("a path with bytes that a terminal obeys is refused and escaped") {
    CHECK(refusal_of("lib/\x1b[2J").message().find("\\u001b[2J") !=
          std::string::npos);
    CHECK(refusal_of("lib\\x").code == errc::package_path);
    CHECK(refusal_of(std::string_view("lib\0x", 5)).code == errc::package_path);
    CHECK(refusal_of("lib/\x7f").code == errc::package_path);
  }

  TEST_CASE("a path has limits on its parts and on its depth") {
    CHECK(package_entry_path(std::string(255, 'a'), {}));
    CHECK(refusal_of(std::string(256, 'a')).code == errc::package_path);
    package_limits limits;
    limits.depth = 3;
    CHECK(package_entry_path("a/b/c", limits));
    CHECK_FALSE(package_entry_path("a/b/c/d", limits));
  }
}

}  // namespace instar::release_handler
