#include "release_handler/manifest.hpp"

#include "release_handler/errors.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

// What `printf abc | sha256sum` prints.
constexpr const char* hash_of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

std::string line(const std::string& file) {
  return std::string(hash_of_abc) + "  " + file + "\n";
}

failure refusal_of(std::string_view text) {
  const auto got = read_manifest(text, {});
  REQUIRE_FALSE(got);
  return got.error();
}

}  // namespace

TEST_SUITE("release_handler/manifest") {
  TEST_CASE("the hash is SHA-256 in small hexadecimal digits") {
    CHECK(sha256("abc") == hash_of_abc);
    CHECK(sha256("") ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  TEST_CASE("a manifest is read as it was written") {
    const manifest hashes = {{"lib/a-1/app.yaml", hash_of_abc},
                             {"lib/with two  spaces", sha256("x")}};
    CHECK(read_manifest(write_manifest(hashes), {}).value() == hashes);
    CHECK(write_manifest({{"a", hash_of_abc}}) == line("a"));
    CHECK(read_manifest("", {}).value().empty());
  }

  TEST_CASE("a line of another form is refused with its number") {
    CHECK(refusal_of(line("a") + "what\n").message() ==
          "MANIFEST:2: expected a SHA-256 hash, two spaces and a path");
    CHECK(refusal_of("\n").code == errc::bad_package);
    CHECK(refusal_of(line("")).code == errc::bad_package);
    auto capital = line("a");
    capital[0] = 'B';
    CHECK(refusal_of(capital).code == errc::bad_package);
    auto binary_mark = line("a");
    binary_mark[65] = '*';
    CHECK(refusal_of(binary_mark).code == errc::bad_package);
    CHECK(refusal_of(line("a") + line("a")).message() ==
          "MANIFEST:2: a is listed twice");
    CHECK(refusal_of(line("../a")).code == errc::package_path);
    auto cut = line("a");
    cut.pop_back();
    CHECK(refusal_of(cut).message() == "MANIFEST:1: the last line has no end");
  }

  TEST_CASE("a manifest has a limit on its lines") {
    package_limits limits;
    limits.entries = 1;
    CHECK(read_manifest(line("a"), limits));
    CHECK_FALSE(read_manifest(line("a") + line("b"), limits));
  }

  TEST_CASE("the files and their manifest must agree in both directions") {
    instar::test::memory_file_system files;
    REQUIRE(files.make_folders("/p"));
    REQUIRE(files.write("/p/a", "abc"));
    REQUIRE(files.write("/p/MANIFEST", line("a")));
    CHECK(check_manifest(files, "/p", {"MANIFEST", "a"}, {}));

    const auto unlisted =
        check_manifest(files, "/p", {"MANIFEST", "a", "b"}, {});
    CHECK(unlisted.error().code == errc::package_hash);
    CHECK(unlisted.error().message() ==
          "the package's MANIFEST does not list b");

    const auto absent = check_manifest(files, "/p", {"MANIFEST"}, {});
    CHECK(absent.error().code == errc::package_hash);
    CHECK(absent.error().message() ==
          "the package's MANIFEST lists a, which is not in the package");

    REQUIRE(files.write("/p/a", "abd"));
    const auto changed = check_manifest(files, "/p", {"MANIFEST", "a"}, {});
    CHECK(changed.error().code == errc::package_hash);
    CHECK(changed.error().message() ==
          "the bytes of a differ from the package's MANIFEST");
  }
}

}  // namespace instar::release_handler
