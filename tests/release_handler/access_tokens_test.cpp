#include "release_handler/access_tokens.hpp"

#include "release_handler/errors.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;
const std::string a_token = "0123456789abcdef";
const std::string b_token = "fedcba9876543210";

struct token_folder {
  test::temporary_folder folder;
  path operate = folder.where() / "operate";
  path read = folder.where() / "read";

  static void put(const path& file, const std::string& text) {
    real_file_system files;
    REQUIRE(files.write(file, text));
    fs::permissions(file, fs::owner_read | fs::owner_write);
  }
  std::string refusal_of(const std::string& text) const {
    put(operate, text);
    const auto got = read_tokens(operate);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::bad_access);
    const auto said = got.error().message();
    const auto start =
        "instar.yaml: listen: token_file " + operate.string() + " ";
    REQUIRE(said.starts_with(start));
    return said.substr(start.size());
  }
};

role may(const access_tokens& tokens, const std::string& token) {
  return tokens.find("Bearer " + token).may;
}

}  // namespace

TEST_SUITE("release_handler/access_tokens") {
  TEST_CASE("a token stands on a line alone or after a name") {
    const token_folder at;
    at.put(at.operate, "# who may\n\n" + a_token + "\r\n  alice\t " + b_token +
                           " \n#" + a_token + "\n");
    const auto got = read_tokens(at.operate);
    REQUIRE(got);
    CHECK(*got == std::vector<access_token>{{"", a_token}, {"alice", b_token}});
    at.put(at.operate, a_token);
    CHECK(read_tokens(at.operate)->size() == 1);
  }

  TEST_CASE("a line that is no token is named and not quoted") {
    const token_folder at;
    const std::string advice =
        ", alone or after a name: openssl rand -hex 32 > FILE";
    CHECK(at.refusal_of("") == "holds no token: openssl rand -hex 32 > FILE");
    CHECK(at.refusal_of("# nothing\n") ==
          "holds no token: openssl rand -hex 32 > FILE");
    for (const auto& wrong :
         {std::string(15, 'x'), std::string(1025, 'x'),
          "alice " + a_token.substr(1), "alice bob " + a_token,
          std::string(65, 'n') + " " + a_token, a_token + "\x01",
          a_token + "\xc3\xa4", "na\xc3\xa4me " + a_token,
          a_token + std::string(1, '\0')}) {
      CAPTURE(wrong);
      CHECK(at.refusal_of(a_token + "\n" + wrong + "\n") ==
            "has no token of 16 to 1024 visible characters on line 2" + advice);
    }
    CHECK(
        at.refusal_of(std::string(70'000, '#')).starts_with("cannot be read"));
  }

  TEST_CASE("a token file that others can read is refused") {
    const token_folder at;
    at.put(at.operate, a_token);
    for (const auto extra :
         {fs::group_read, fs::others_read, fs::group_write}) {
      fs::permissions(at.operate, fs::owner_read | fs::owner_write | extra);
      const auto got = read_tokens(at.operate);
      REQUIRE_FALSE(got);
      CHECK(got.error().message() ==
            "instar.yaml: listen: token_file " + at.operate.string() +
                " can be read by others than its owner: chmod 600");
    }
  }

  TEST_CASE("the header has the scheme and the whole token") {
    const token_folder at;
    at.put(at.operate, "alice " + a_token + "\n");
    const auto tokens = access_tokens::open({at.operate, {}}).value();
    CHECK(tokens->find("Bearer " + a_token).may == role::operate);
    CHECK(tokens->find("bearer " + a_token).may == role::operate);
    CHECK(tokens->find("Bearer " + a_token).name == "alice");
    for (const auto& wrong :
         {std::string(), std::string("Bearer"), std::string("Bearer "), a_token,
          "Basic " + a_token, "Bearer " + a_token.substr(1),
          "Bearer " + a_token + "0", "Bearer  " + a_token,
          "Bearer " + a_token + " ", "Bearer alice " + a_token,
          std::string("Bearer alice")}) {
      CAPTURE(wrong);
      CHECK(tokens->find(wrong).may == role::none);
      CHECK(tokens->find(wrong).name.empty());
    }
  }

  TEST_CASE("a token has the role of its file and of both it operates") {
    const token_folder at;
    at.put(at.operate, a_token);
    at.put(at.read, "prometheus " + b_token + "\n" + a_token + "\n");
    const auto tokens = access_tokens::open({at.operate, at.read}).value();
    CHECK(may(*tokens, a_token) == role::operate);
    CHECK(may(*tokens, b_token) == role::read);
    CHECK(tokens->find("Bearer " + b_token).name == "prometheus");
    const auto readers = access_tokens::open({{}, at.read}).value();
    CHECK(may(*readers, a_token) == role::read);
    CHECK_FALSE(access_tokens::open({at.operate, at.folder.where() / "none"}));
  }

  TEST_CASE("what is written to a token file counts from then on") {
    const token_folder at;
    at.put(at.operate, a_token);
    const auto tokens = access_tokens::open({at.operate, {}}).value();
    REQUIRE(may(*tokens, a_token) == role::operate);
    // Of the same length, and at once.
    at.put(at.operate, b_token);
    CHECK(may(*tokens, a_token) == role::none);
    CHECK(may(*tokens, b_token) == role::operate);
  }

  TEST_CASE("a token file that is spoiled allows nothing and is told once") {
    const token_folder at;
    at.put(at.operate, a_token);
    at.put(at.read, b_token);
    std::vector<std::string> told;
    const auto tokens = access_tokens::open({at.operate, at.read},
                                            [&](const std::string& text) {
                                              told.push_back(text);
                                            })
                            .value();
    fs::remove(at.operate);
    for (int i = 0; i < 3; ++i) {
      CHECK(may(*tokens, a_token) == role::none);
      CHECK(may(*tokens, b_token) == role::read);
    }
    at.put(at.operate, "short");
    CHECK(may(*tokens, a_token) == role::none);
    at.put(at.operate, a_token);
    CHECK(may(*tokens, a_token) == role::operate);
    const auto name = at.operate.string();
    CHECK(told ==
          std::vector<std::string>{
              "instar.yaml: listen: token_file " + name +
                  ": No such file or directory; its tokens are refused until "
                  "that is mended",
              "instar.yaml: listen: token_file " + name +
                  " has no token of 16 to 1024 visible characters on line 1, "
                  "alone or after a name: openssl rand -hex 32 > FILE; its "
                  "tokens are refused until that is mended",
              "the tokens of " + name + " count again"});
  }
}

}  // namespace instar::release_handler
