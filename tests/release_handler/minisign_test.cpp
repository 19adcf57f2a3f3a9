#include "release_handler/minisign.hpp"

#include "release_handler/errors.hpp"
#include "release_handler/minisign_secret.hpp"
#include "tests/support/result.hpp"

#include <boost/system/errc.hpp>
#include <doctest/doctest.h>

#include <sodium/crypto_generichash.h>

#include <string>

namespace instar::release_handler::minisign {
namespace {

// Made by the program minisign 0.11, of a file with the line "hello".
constexpr const char* public_file =
    "untrusted comment: minisign public key 239DA0C53CFDB0AE\n"
    "RWSusP08xaCdI52CekN3+Bk/Tk0C4pKg+tYT/+8UFT0LDAZu+2qRU0bb\n";
// An unencrypted one (-W).
constexpr const char* secret_file =
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAArrD9PMWgnSOMZpJmBS+U00Jb+6Y0Os1ycD3zDdWfs4+YDGT6KtpA4J2CekN3+Bk/Tk0C4pKg+tYT/+8UFT0LDAZu+2qRU0bbAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
constexpr const char* hashed_file =
    "untrusted comment: signature from minisign secret key\n"
    "RUSusP08xaCdIy/dl6fffQVAXW1c22dFssyyFT70QvDy6ivqb09OgdotBO1ZfyUysirJ9RhIOyl9oVrs5VTPWpxDeFXEUbMfRQ0=\n"
    "trusted comment: tc\n"
    "k8a9XwKIkRORDTAe1qOCaTrOPbm0syyaedx3h4u/KOqDjndzwDmRdlwqOm3FrT4YOYPPDd8dN8640OX0ABYlAg==\n";
constexpr const char* legacy_file =
    "untrusted comment: signature from minisign secret key\n"
    "RWSusP08xaCdI2PKUdznKfU+kjpgfCDHMG1pEX2LNR1AnJymS/nICxv64/lsR4cQa7Q9C7thjVQ4qCr6p23E9dbhp2PTTmXkAQc=\n"
    "trusted comment: timestamp:1795272141\tfile:f\n"
    "BzWDNB+snF3pxdyRgl37aGZozT9e2M3TdJd36HY4+G0Dd5neKcEkJ6xm6jklz1pu1Ekj+wnVdvjqNS+q6XxhCg==\n";
constexpr std::string_view hello = "hello\n";

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}
file_hash hash_of(std::string_view text) {
  file_hash hash{};
  const auto bytes = bytes_of(text);
  crypto_generichash(hash.data(), hash.size(), bytes.data(), bytes.size(),
                     nullptr, 0);
  return hash;
}

result<std::string> no_password() {
  FAIL("nobody has to know a password");
  return std::string();
}
ask_password answers(const std::string& password) {
  return [password] { return result<std::string>(password); };
}

std::string refusal_of(std::string text) {
  const auto got = read_signature(text);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::bad_signature_file);
  return got.error().message();
}

std::string changed(std::string text, const std::string& what,
                    const std::string& to) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), to);
}

}  // namespace

TEST_SUITE("release_handler/minisign") {
  TEST_CASE("a public key is a line or the file with it") {
    const auto key = read_public_key(public_file);
    REQUIRE(key);
    CHECK(to_text(key->id) == "239DA0C53CFDB0AE");
    CHECK(read_public_key(to_text(*key)).value() == *key);
    CHECK(write_public_key(*key) == public_file);
    const auto line = to_text(*key);
    for (const auto& wrong :
         {std::string(), std::string("RW"), line.substr(1), line + "A",
          "RX" + line.substr(2), line + "\nmore", line.substr(0, 55) + "!"}) {
      CAPTURE(wrong);
      const auto got = read_public_key(wrong);
      REQUIRE_FALSE(got);
      CHECK(got.error().code == errc::bad_key);
      CHECK(got.error().message() ==
            "not a minisign public key, which is 56 characters that begin with "
            "RW");
    }
  }

  TEST_CASE("a signature of the hash and one of the file are verified") {
    const auto key = read_public_key(public_file).value();
    const auto hashed = read_signature(hashed_file);
    REQUIRE(hashed);
    CHECK(hashed->is_of_hash);
    CHECK(hashed->trusted_comment == "tc");
    CHECK(hashed->id == key.id);
    CHECK(verify(*hashed, key, hash_of(hello)));
    CHECK_FALSE(verify(*hashed, key, bytes_of(hello)));
    const auto legacy = read_signature(legacy_file);
    REQUIRE(legacy);
    CHECK_FALSE(legacy->is_of_hash);
    CHECK(verify(*legacy, key, bytes_of(hello)));
    CHECK_FALSE(verify(*legacy, key, hash_of(hello)));
  }

  TEST_CASE("bytes that differ and a comment that differs are refused") {
    const auto key = read_public_key(public_file).value();
    const auto made = read_signature(hashed_file).value();
    const auto other = verify(made, key, hash_of("hello\r\n"));
    REQUIRE_FALSE(other);
    CHECK(other.error().code == errc::bad_signature);
    CHECK(other.error().message() ==
          "the signature by key 239DA0C53CFDB0AE is not of these bytes: the "
          "file was changed after it was signed, or the signature is of "
          "another file");
    const auto told =
        read_signature(changed(hashed_file, "comment: tc", "comment: td"));
    REQUIRE(told);
    const auto comment = verify(*told, key, hash_of(hello));
    REQUIRE_FALSE(comment);
    CHECK(comment.error().code == errc::bad_signature);
    CHECK(comment.error().message() ==
          "the trusted comment of the signature by key 239DA0C53CFDB0AE was "
          "changed after it was signed");
  }

  TEST_CASE("another key with the same id signs nothing") {
    auto other = make_secret_key();
    const auto key = read_public_key(public_file).value();
    other.id = key.id;
    const auto made = sign(other, hash_of(hello), "tc");
    CHECK(verify(made, other.to_public(), hash_of(hello)));
    CHECK(verify(made, key, hash_of(hello)).error().code ==
          errc::bad_signature);
  }

  TEST_CASE("what is no signature file is refused with its line") {
    const std::string good = hashed_file;
    CHECK(read_signature(good));
    CHECK(read_signature(good.substr(0, good.size() - 1)));
    CHECK(refusal_of("") ==
          "not a minisign signature: line 1 does not begin with \"untrusted "
          "comment: \"");
    CHECK(refusal_of(changed(good, "RUS", "RU")) ==
          "not a minisign signature: line 2 is not 74 bytes in base64");
    CHECK(refusal_of(changed(good, "RUS", "RVS")) ==
          "not a minisign signature: line 2 has an algorithm that is neither "
          "ED nor Ed");
    CHECK(refusal_of(changed(good, "\ntrusted", "\nTrusted")) ==
          "not a minisign signature: line 3 does not begin with \"trusted "
          "comment: \"");
    CHECK(refusal_of(changed(good, "tc\n", "\x1b[2J\n")) ==
          "not a minisign signature: line 3 holds a control character");
    CHECK(refusal_of(good.substr(0, good.size() - 9)) ==
          "not a minisign signature: line 4 is not 64 bytes in base64");
    CHECK(refusal_of(good + "\n") ==
          "not a minisign signature: there is more after line 4");
    for (std::size_t size = 0; size + 2 < good.size(); ++size)
      CHECK_FALSE(read_signature(good.substr(0, size)));
  }

  TEST_CASE("an unencrypted secret key of the program signs") {
    const auto key = read_secret_key(secret_file, no_password);
    REQUIRE(key);
    CHECK(key->to_public() == read_public_key(public_file).value());
    const auto made = sign(*key, hash_of(hello), "tc");
    // Ed25519 needs no random numbers: the same bytes as the program's.
    CHECK(write_signature(made, "signature from minisign secret key") ==
          hashed_file);
  }

  TEST_CASE("a secret key is written with a password and without") {
    const auto key = make_secret_key();
    const auto open = write_secret_key(key, std::nullopt);
    REQUIRE(open);
    CHECK(read_secret_key(*open, no_password)->bytes == key.bytes);
    const auto closed =
        write_secret_key(key, "pass word", {32'768, 16'777'216});
    REQUIRE(closed);
    const auto again = read_secret_key(*closed, answers("pass word"));
    REQUIRE(again);
    CHECK(again->bytes == key.bytes);
    CHECK(again->id == key.id);
    const auto wrong = read_secret_key(*closed, answers("password"));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == errc::wrong_password);
    CHECK(wrong.error().message() == "wrong password for that key");
  }

  TEST_CASE("what is no secret key is refused") {
    const std::string good = write_secret_key(make_secret_key(), {}).value();
    const auto why = [](const std::string& text) {
      const auto got = read_secret_key(text, no_password);
      REQUIRE_FALSE(got);
      CHECK(got.error().code == errc::bad_key);
      return got.error().message();
    };
    CHECK(why("") ==
          "not a minisign secret key: it is a comment and 158 bytes in base64");
    CHECK(why(changed(good, "RWQA", "RXQA")) ==
          "not a minisign secret key: its algorithms are not Ed and B2");
    CHECK(why(changed(good, "RWQA", "RWRT")) ==
          "not a minisign secret key: its password is not applied by scrypt");
    const auto last = good.size() - 10;
    CHECK(why(good.substr(0, last) + (good[last] == 'A' ? 'B' : 'A') +
              good.substr(last + 1)) ==
          "not a minisign secret key: its checksum is wrong");
    auto costly = write_secret_key(make_secret_key(), "x", {32'768, 1 << 24});
    REQUIRE(costly);
    // Of the memory limit's eight bytes the last, 256^7.
    auto at = costly->find('\n') + 1 + 72 - 4 + 0;
    costly->replace(at, 4, "////");
    const auto got = read_secret_key(*costly, answers("x"));
    REQUIRE_FALSE(got);
    CHECK(got.error().message() ==
          "not a minisign secret key: its password asks for more than 4 GiB of "
          "memory");
  }
}

}  // namespace instar::release_handler::minisign
