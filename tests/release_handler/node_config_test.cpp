#include "release_handler/node_config.hpp"

#include "appup/errc.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

constexpr const char* key =
    "RWSusP08xaCdI52CekN3+Bk/Tk0C4pKg+tYT/+8UFT0LDAZu+2qRU0bb";

result<node_config> read_text(const std::string& text) {
  instar::test::memory_file_system files;
  REQUIRE(files.make_folders("/n"));
  REQUIRE(files.write("/n/instar.yaml", text));
  return read_node_config(files, "/n/instar.yaml");
}

// The first line of the error.
std::string refusal_of(const std::string& text) {
  const auto got = read_text(text);
  REQUIRE_FALSE(got);
  const auto message = got.error().message();
  return message.substr(0, message.find('\n'));
}

}  // namespace

TEST_SUITE("release_handler/node_config") {
  TEST_CASE(
      "without a file or with an empty one every setting is the default") {
    instar::test::memory_file_system files;
    CHECK(read_node_config(files, "/n/instar.yaml").value() == node_config{});
    CHECK(read_text("# nothing yet\n").value() == node_config{});
    CHECK(read_text("{}\n").value() == node_config{});
    const node_config defaults;
    CHECK_FALSE(defaults.allow_unsigned);
    CHECK(defaults.hold == std::chrono::milliseconds(50));
    CHECK(defaults.boot_timeout == std::chrono::seconds(60));
    CHECK(defaults.code_mode == code_mode::embedded);
  }

  TEST_CASE("every setting is read") {
    const auto got = read_text(
        "format: 1\n"
        "trusted_keys: [" +
        std::string(key) +
        "]\n"
        "allow_unsigned: true\n"
        "floor: \"1.4\"\n"
        "keep: 3\n"
        "roles: {group: ops, read: [alice], operate: [bob, carol]}\n"
        "listen: {address: \"0.0.0.0:7070\", token_file: /t, certificate: /c, "
        "key: /k}\n"
        "code_mode: interactive\n"
        "workers: 4\n"
        "memory_limit: 2GiB\n"
        "hold_ms: 20\n"
        "boot_timeout: 90\n");
    REQUIRE(got);
    node_config wanted;
    wanted.trusted_keys = {minisign::read_public_key(key).value()};
    wanted.allow_unsigned = true;
    wanted.floor = "1.4";
    wanted.keep = 3;
    wanted.roles = node_roles{"ops", {"alice"}, {"bob", "carol"}};
    wanted.listen = listen_spec{"0.0.0.0:7070", {"/t", {}}, "/c", "/k"};
    wanted.code_mode = code_mode::interactive;
    wanted.workers = 4;
    wanted.memory_limit_bytes = std::uint64_t{2} << 30U;
    wanted.hold = std::chrono::milliseconds(20);
    wanted.boot_timeout = std::chrono::seconds(90);
    CHECK(*got == wanted);
  }

  TEST_CASE("tokens have a file for each role or for one") {
    const auto tokens = [](const std::string& text) {
      const auto got = read_text(
          "listen: {address: a, certificate: c, key: k, token_file: " + text +
          "}\n");
      REQUIRE(got);
      return got->listen->tokens;
    };
    CHECK(tokens("t") == token_files{"t", {}});
    CHECK(tokens("{operate: t}") == token_files{"t", {}});
    CHECK(tokens("{read: r}") == token_files{{}, "r"});
    CHECK(tokens("{read: r, operate: t}") == token_files{"t", "r"});
  }

  TEST_CASE("memory is a number of bytes or has a unit") {
    CHECK(read_text("memory_limit: 4096\n")->memory_limit_bytes == 4096);
    CHECK(read_text("memory_limit: 0x1000\n")->memory_limit_bytes == 4096);
    CHECK(read_text("memory_limit: 3KiB\n")->memory_limit_bytes == 3072);
    CHECK(read_text("memory_limit: 1MiB\n")->memory_limit_bytes == 1U << 20U);
    for (const auto* wrong : {"0", "-1", "MiB", "1MB", "1.5GiB",
                              "18446744073709551615GiB", "[1]"}) {
      CAPTURE(wrong);
      CHECK(refusal_of(std::string("memory_limit: ") + wrong + "\n")
                .starts_with("/n/instar.yaml:1:15: error[bad_config]: expected "
                             "a number of bytes"));
    }
  }

  TEST_CASE("a truth value counts however it is written") {
    for (const auto* yes : {"true", "True", "TRUE"}) {
      CAPTURE(yes);
      CHECK(read_text(std::string("allow_unsigned: ") + yes + "\n")
                ->allow_unsigned);
    }
    CHECK_FALSE(read_text("allow_unsigned: False\n")->allow_unsigned);
  }

  TEST_CASE("an unknown key is refused with the key that was meant") {
    const auto first = refusal_of("workers: 1\nallow_unsinged: true\n");
    CHECK(first.starts_with("/n/instar.yaml:2:1: error[unknown_key]: "));
    CHECK(first.find("did you mean \"allow_unsigned\"?") != std::string::npos);
    CHECK(refusal_of("roles: {group: a, reed: [b]}\n")
              .find("did you mean \"read\"?") != std::string::npos);
    CHECK(read_text("no_such: 1\n").error().code == appup::errc::unknown_key);
  }

  TEST_CASE("a key given twice is refused at its second place") {
    CHECK(refusal_of("keep: 1\nkeep: 2\n")
              .starts_with("/n/instar.yaml:2:1: error[duplicate_key]: "));
  }

  TEST_CASE("a value of the wrong kind is refused at its place") {
    for (const auto* wrong :
         {"allow_unsigned: \"true\"",
          "allow_unsigned: 1",
          "floor: 1.4",
          "keep: 0",
          "keep: many",
          "workers: -1",
          "workers: 1025",
          "hold_ms: 0",
          "hold_ms: 60001",
          "boot_timeout: 1.5",
          "code_mode: other",
          "trusted_keys: RWQ",
          "trusted_keys: [1]",
          "roles: ops",
          "roles: {read: [a]}",
          "listen: 7070",
          "listen: {address: a}",
          "listen: {address: a, certificate: c, key: k, token_file: {}}",
          "listen: {address: a, certificate: c, key: k, token_file: [t]}",
          "format: 2"}) {
      CAPTURE(wrong);
      const auto first = refusal_of(std::string(wrong) + "\n");
      CHECK(first.starts_with("/n/instar.yaml:1:"));
      CHECK(first.find("error[bad_config]: ") != std::string::npos);
    }
    CHECK(refusal_of("- a list\n").starts_with("/n/instar.yaml:1:1: "));
  }

  TEST_CASE("all independent errors are told at once") {
    const auto got = read_text("keep: 0\nhold_ms: 0\n");
    REQUIRE_FALSE(got);
    CHECK(got.error().message().find("/n/instar.yaml:1:7: ") !=
          std::string::npos);
    CHECK(got.error().message().find("/n/instar.yaml:2:10: ") !=
          std::string::npos);
  }
}

}  // namespace instar::release_handler
