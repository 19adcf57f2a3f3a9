#include "release_handler/minisign_secret.hpp"

#include "release_handler/errors.hpp"

#include <boost/system/errc.hpp>

#include <fmt/format.h>
#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_pwhash_scryptsalsa208sha256.h>
#include <sodium/crypto_sign.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include <algorithm>

namespace instar::release_handler::minisign {
namespace {

constexpr std::size_t salt_at = 6;
constexpr std::size_t operations_at = salt_at + 32;
constexpr std::size_t memory_at = operations_at + 8;
constexpr std::size_t secret_at = memory_at + 8;
constexpr std::size_t checksum_at = secret_at + 8 + 64;
constexpr std::size_t file_bytes = checksum_at + 32;
constexpr std::uint64_t memory_limit_bytes = std::uint64_t{4} << 30U;

using bytes_view = std::span<const std::uint8_t>;

/// A buffer of secrets.
struct secrets {
  std::vector<std::uint8_t> bytes;

  explicit secrets(std::vector<std::uint8_t> taken) : bytes(std::move(taken)) {}
  secrets(const secrets&) = delete;
  secrets& operator=(const secrets&) = delete;
  ~secrets() { sodium_memzero(bytes.data(), bytes.size()); }
};

failure bad_key(std::string_view why) {
  return {errc::bad_key, fmt::format("not a minisign secret key: {}", why)};
}

std::uint64_t little_endian(bytes_view from) {
  std::uint64_t number = 0;
  for (std::size_t i = 8; i-- > 0;)
    number = number << 8U | from[i];
  return number;
}

void put_little_endian(std::span<std::uint8_t> to, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i)
    to[i] = static_cast<std::uint8_t>(number >> (8 * i));
}

std::array<std::uint8_t, 32> checksum_of(const secret_key& key) {
  std::array<std::uint8_t, 32> sum{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sum.size());
  const std::array<std::uint8_t, 2> algorithm{'E', 'd'};
  crypto_generichash_update(&state, algorithm.data(), algorithm.size());
  crypto_generichash_update(&state, key.id.data(), key.id.size());
  crypto_generichash_update(&state, key.bytes.data(), key.bytes.size());
  crypto_generichash_final(&state, sum.data(), sum.size());
  return sum;
}

/// Encrypts or decrypts the end of a key file.
result<> apply_password(std::span<std::uint8_t> file,
                        const std::string& password) {
  secrets stream{std::vector<std::uint8_t>(file_bytes - secret_at)};
  const auto operations = little_endian(file.subspan(operations_at, 8));
  const auto memory = little_endian(file.subspan(memory_at, 8));
  if (memory > memory_limit_bytes)
    return bad_key("its password asks for more than 4 GiB of memory");
  if (crypto_pwhash_scryptsalsa208sha256(
          stream.bytes.data(), stream.bytes.size(), password.data(),
          password.size(), &file[salt_at], operations,
          static_cast<std::size_t>(memory)) != 0) {
    return failure(boost::system::errc::make_error_code(
                       boost::system::errc::not_enough_memory),
                   fmt::format("the key's password needs {} MiB of memory",
                               memory >> 20U));
  }
  for (std::size_t i = 0; i < stream.bytes.size(); ++i)
    file[secret_at + i] ^= stream.bytes[i];
  return {};
}

}  // namespace

secret_key::~secret_key() {
  sodium_memzero(bytes.data(), bytes.size());
}

public_key secret_key::to_public() const {
  public_key made;
  made.id = id;
  std::copy_n(bytes.begin() + 32, 32, made.point.begin());
  return made;
}

result<secret_key> read_secret_key(std::string_view text,
                                   const ask_password& ask) {
  auto line = detail::take_line(text);
  if (line.starts_with("untrusted comment:"))
    line = detail::take_line(text);
  secrets file(detail::decode(line, file_bytes));
  auto& bytes = file.bytes;
  if (bytes.empty())
    return bad_key("it is a comment and 158 bytes in base64");
  if (bytes[0] != 'E' || bytes[1] != 'd' || bytes[4] != 'B' || bytes[5] != '2')
    return bad_key("its algorithms are not Ed and B2");
  const bool is_encrypted = bytes[2] == 'S' && bytes[3] == 'c';
  if (!is_encrypted && (bytes[2] != 0 || bytes[3] != 0))
    return bad_key("its password is not applied by scrypt");
  if (is_encrypted) {
    INSTAR_TRY_ASSIGN(auto password, ask());
    const auto applied = apply_password(bytes, password);
    sodium_memzero(password.data(), password.size());
    INSTAR_TRY(applied);
  }
  secret_key key;
  const bytes_view all(bytes);
  std::copy_n(all.begin() + secret_at, 8, key.id.begin());
  std::copy_n(all.begin() + secret_at + 8, 64, key.bytes.begin());
  const auto stored = all.subspan(checksum_at);
  const auto sum = checksum_of(key);
  const bool has_sum = is_encrypted || sodium_is_zero(stored.data(), 32) == 0;
  if (has_sum && sodium_memcmp(sum.data(), stored.data(), 32) != 0) {
    if (is_encrypted)
      return failure(errc::wrong_password, "wrong password for that key");
    return bad_key("its checksum is wrong");
  }
  return key;
}

secret_key make_secret_key() {
  secret_key made;
  public_key unused;
  if (::sodium_init() < 0)
    std::abort();  // no random numbers on this machine
  randombytes_buf(made.id.data(), made.id.size());
  crypto_sign_keypair(unused.point.data(), made.bytes.data());
  return made;
}

result<std::string> write_secret_key(const secret_key& key,
                                     const std::optional<std::string>& password,
                                     const scrypt_cost& cost) {
  secrets file{std::vector<std::uint8_t>(file_bytes)};
  auto& bytes = file.bytes;
  bytes[0] = 'E';
  bytes[1] = 'd';
  bytes[4] = 'B';
  bytes[5] = '2';
  const auto sum = checksum_of(key);
  std::copy(key.id.begin(), key.id.end(), bytes.begin() + secret_at);
  std::copy(key.bytes.begin(), key.bytes.end(), bytes.begin() + secret_at + 8);
  std::copy(sum.begin(), sum.end(), bytes.begin() + checksum_at);
  if (password) {
    bytes[2] = 'S';
    bytes[3] = 'c';
    const std::span all(bytes);
    randombytes_buf(&bytes[salt_at], 32);
    put_little_endian(all.subspan(operations_at, 8), cost.operations);
    put_little_endian(all.subspan(memory_at, 8), cost.memory_bytes);
    INSTAR_TRY(apply_password(all, *password));
  }
  return fmt::format("untrusted comment: {} secret key {}\n{}\n",
                     password ? "encrypted" : "unencrypted", to_text(key.id),
                     detail::encode(bytes));
}

std::string write_public_key(const public_key& key) {
  return fmt::format("untrusted comment: minisign public key {}\n{}\n",
                     to_text(key.id), to_text(key));
}

signature sign(const secret_key& by, const file_hash& hash,
               std::string_view trusted_comment) {
  signature made;
  made.id = by.id;
  made.trusted_comment = trusted_comment;
  crypto_sign_detached(made.of_file.data(), nullptr, hash.data(), hash.size(),
                       by.bytes.data());
  std::vector<std::uint8_t> all(made.of_file.begin(), made.of_file.end());
  all.insert(all.end(), trusted_comment.begin(), trusted_comment.end());
  crypto_sign_detached(made.of_comment.data(), nullptr, all.data(), all.size(),
                       by.bytes.data());
  return made;
}

}  // namespace instar::release_handler::minisign
