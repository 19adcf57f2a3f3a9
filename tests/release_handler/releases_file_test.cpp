#include "release_handler/releases_file.hpp"

#include "release_handler/errors.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

constexpr const char* file = "/n/RELEASES.yaml";

result<std::vector<release_record>> read_text(const std::string& text) {
  instar::test::memory_file_system files;
  REQUIRE(files.make_folders("/n"));
  REQUIRE(files.write(file, text));
  return read_releases(files, file);
}

failure refusal_of(const std::string& text) {
  const auto got = read_text(text);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::bad_releases_file);
  return got.error();
}

const std::vector<release_record> two = {
    {"counterd",
     "1",
     "0.1.0",
     {{"counter", "1.0.0"}, {"tools", "1"}},
     release_status::permanent},
    {"counterd", "2", "", {}, release_status::old},
};

}  // namespace

TEST_SUITE("release_handler/releases_file") {
  TEST_CASE("the list is read as it was written") {
    instar::test::memory_file_system files;
    REQUIRE(files.make_folders("/n"));
    REQUIRE(write_releases(files, file, two));
    CHECK(read_releases(files, file).value() == two);
  }

  TEST_CASE("the current release is stored as unpacked") {
    instar::test::memory_file_system files;
    REQUIRE(files.make_folders("/n"));
    auto list = two;
    list[1].status = release_status::current;
    REQUIRE(write_releases(files, file, list));
    list[1].status = release_status::unpacked;
    CHECK(read_releases(files, file).value() == list);
    CHECK(files.read(file, 4096).value().find("current") == std::string::npos);
  }

  TEST_CASE("keys of a later runtime are ignored") {
    const auto got = read_text(
        "format: 1\n"
        "made_by: a later runtime\n"
        "releases:\n"
        "  - {name: r, vsn: \"1\", status: permanent, signed: {by: me},\n"
        "     libs: [{name: a, vsn: \"1\", folder: x}]}\n");
    REQUIRE(got);
    CHECK(*got == std::vector<release_record>{
                      {"r", "1", "", {{"a", "1"}}, release_status::permanent}});
  }

  TEST_CASE("a line that is wrong is named with file line and column") {
    CHECK(refusal_of("releases:\n"
                     "  - {name: r, vsn: \"1\", status: current, libs: []}\n")
              .message()
              .starts_with("/n/RELEASES.yaml:2:33: error[bad_config]: a status "
                           "is unpacked, permanent or old"));
    CHECK(refusal_of("releases: [\n")
              .message()
              .starts_with("/n/RELEASES.yaml:1:11: error["));
    CHECK(refusal_of("releases:\n"
                     "  - {name: r, vsn: 1, status: permanent, libs: []}\n")
              .message()
              .find("in quotes") != std::string::npos);
    CHECK(refusal_of("releases:\n"
                     "  - {name: r, vsn: \"../1\", status: old, libs: []}\n")
              .message()
              .starts_with("/n/RELEASES.yaml:2:20: "));
    CHECK(refusal_of("releases:\n"
                     "  - {name: r, name: s, vsn: \"1\", status: old, "
                     "libs: []}\n")
              .message()
              .find("error[duplicate_key]") != std::string::npos);
  }

  TEST_CASE("what is missing is named") {
    CHECK(refusal_of("{}\n").message().find("the key releases is missing") !=
          std::string::npos);
    CHECK(refusal_of("releases:\n  - {name: r, vsn: \"1\", status: old}\n")
              .message()
              .find("the key libs is missing") != std::string::npos);
    CHECK(
        refusal_of("releases: 3\n").message().find("releases must be a list") !=
        std::string::npos);
    CHECK(refusal_of("- 1\n").message().find("expected a map") !=
          std::string::npos);
    CHECK(refusal_of("releases: [x]\n").message().find("expected a map") !=
          std::string::npos);
  }

  TEST_CASE("exactly one release is permanent and no version is there twice") {
    const std::string permanent =
        "  - {name: r, vsn: \"1\", status: permanent, libs: []}\n";
    const std::string other =
        "  - {name: r, vsn: \"2\", status: permanent, libs: []}\n";
    CHECK(read_text("releases:\n" + permanent));
    CHECK(refusal_of("releases:\n" + permanent + other)
              .message()
              .find("one release must be permanent, 2 are") !=
          std::string::npos);
    CHECK(refusal_of("releases: []\n")
              .message()
              .find("one release must be permanent, 0 are") !=
          std::string::npos);
    CHECK(refusal_of("releases:\n" + permanent + permanent)
              .message()
              .find("the release \"1\" is listed twice") != std::string::npos);
  }

  TEST_CASE("a file of another format is refused") {
    CHECK(refusal_of("format: 2\nreleases: []\n")
              .message()
              .starts_with("/n/RELEASES.yaml:1:9: "));
  }

  TEST_CASE("the first hyphen of a lib folder ends the name") {
    CHECK(to_lib_id("kv-1.0-rc1").value() == lib_id{"kv", "1.0-rc1"});
    CHECK(lib_id{"kv", "1.0-rc1"}.folder_name() == "kv-1.0-rc1");
    for (const auto* wrong : {"kv", "kv-", "-1", "Kv-1", "kv-.1", ""}) {
      CAPTURE(wrong);
      CHECK(to_lib_id(wrong).error().code == errc::bad_package);
    }
  }
}

}  // namespace instar::release_handler
