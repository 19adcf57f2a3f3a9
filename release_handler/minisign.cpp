#include "release_handler/minisign.hpp"

#include "release_handler/errors.hpp"

#include <fmt/format.h>
#include <sodium/crypto_sign.h>
#include <sodium/utils.h>

#include <algorithm>

namespace instar::release_handler::minisign {
namespace {

constexpr std::string_view untrusted_prefix = "untrusted comment: ";
constexpr std::string_view trusted_prefix = "trusted comment: ";
constexpr std::size_t public_key_bytes = 2 + 8 + 32;
constexpr std::size_t signature_line_bytes = 2 + 8 + 64;
static_assert(crypto_sign_BYTES == 64 && crypto_sign_PUBLICKEYBYTES == 32);

failure bad_file(std::string_view why) {
  return {errc::bad_signature_file,
          fmt::format("not a minisign signature: {}", why)};
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\t';
  });
}

template <std::size_t N>
void copy_to(std::array<std::uint8_t, N>& to,
             std::span<const std::uint8_t> from) {
  std::copy_n(from.begin(), N, to.begin());
}

std::vector<std::uint8_t> signed_comment(const signature& made) {
  std::vector<std::uint8_t> bytes(made.of_file.begin(), made.of_file.end());
  bytes.insert(bytes.end(), made.trusted_comment.begin(),
               made.trusted_comment.end());
  return bytes;
}

bool is_signed(const signature_bytes& by, std::span<const std::uint8_t> message,
               const public_key& key) {
  return crypto_sign_verify_detached(by.data(), message.data(), message.size(),
                                     key.point.data()) == 0;
}

}  // namespace

namespace detail {

std::vector<std::uint8_t> decode(std::string_view text, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::size_t got = 0;
  if (text.size() > 4 * (size + 2) ||
      sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(),
                        nullptr, &got, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      got != size)
    bytes.clear();
  return bytes;
}

std::string encode(std::span<const std::uint8_t> bytes) {
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL),
      '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its final zero
  return text;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

}  // namespace detail

std::string to_text(const key_id& id) {
  std::string text;
  for (auto byte = id.rbegin(); byte != id.rend(); ++byte)
    text += fmt::format("{:02X}", *byte);
  return text;
}

std::string to_text(const public_key& key) {
  std::vector<std::uint8_t> bytes{'E', 'd'};
  bytes.insert(bytes.end(), key.id.begin(), key.id.end());
  bytes.insert(bytes.end(), key.point.begin(), key.point.end());
  return detail::encode(bytes);
}

result<public_key> read_public_key(std::string_view text) {
  auto line = detail::take_line(text);
  if (line.starts_with("untrusted comment:"))
    line = detail::take_line(text);
  const auto bytes = detail::decode(line, public_key_bytes);
  if (bytes.empty() || bytes[0] != 'E' || bytes[1] != 'd' || !text.empty()) {
    return failure(errc::bad_key,
                   "not a minisign public key, which is 56 characters that "
                   "begin with RW");
  }
  const std::span all(bytes);
  public_key key;
  copy_to(key.id, all.subspan(2, 8));
  copy_to(key.point, all.subspan(10));
  return key;
}

result<signature> read_signature(std::string_view text) {
  signature made;
  if (!detail::take_line(text).starts_with(untrusted_prefix))
    return bad_file("line 1 does not begin with \"untrusted comment: \"");
  const auto bytes =
      detail::decode(detail::take_line(text), signature_line_bytes);
  if (bytes.empty())
    return bad_file("line 2 is not 74 bytes in base64");
  if (bytes[0] != 'E' || (bytes[1] != 'D' && bytes[1] != 'd'))
    return bad_file("line 2 has an algorithm that is neither ED nor Ed");
  made.is_of_hash = bytes[1] == 'D';
  const std::span all(bytes);
  copy_to(made.id, all.subspan(2, 8));
  copy_to(made.of_file, all.subspan(10));
  const auto comment = detail::take_line(text);
  if (!comment.starts_with(trusted_prefix))
    return bad_file("line 3 does not begin with \"trusted comment: \"");
  made.trusted_comment = comment.substr(trusted_prefix.size());
  if (!is_printable(made.trusted_comment))
    return bad_file("line 3 holds a control character");
  const auto last = detail::decode(detail::take_line(text), 64);
  if (last.empty())
    return bad_file("line 4 is not 64 bytes in base64");
  copy_to(made.of_comment, last);
  if (!text.empty())
    return bad_file("there is more after line 4");
  return made;
}

std::string write_signature(const signature& of, std::string_view comment) {
  std::vector<std::uint8_t> bytes{
      'E', static_cast<std::uint8_t>(of.is_of_hash ? 'D' : 'd')};
  bytes.insert(bytes.end(), of.id.begin(), of.id.end());
  bytes.insert(bytes.end(), of.of_file.begin(), of.of_file.end());
  return fmt::format("{}{}\n{}\n{}{}\n{}\n", untrusted_prefix, comment,
                     detail::encode(bytes), trusted_prefix, of.trusted_comment,
                     detail::encode(of.of_comment));
}

const public_key* find_key(std::span<const public_key> keys, const key_id& by) {
  const auto found = std::find_if(
      keys.begin(), keys.end(), [&](const auto& key) { return key.id == by; });
  return found == keys.end() ? nullptr : &*found;
}

result<> verify(const signature& made, const public_key& key,
                std::span<const std::uint8_t> message) {
  if (!is_signed(made.of_file, message, key)) {
    return failure(
        errc::bad_signature,
        fmt::format("the signature by key {} is not of these bytes: the file "
                    "was changed after it was signed, or the signature is of "
                    "another file",
                    to_text(key.id)));
  }
  if (!is_signed(made.of_comment, signed_comment(made), key)) {
    return failure(errc::bad_signature,
                   fmt::format("the trusted comment of the signature by key {} "
                               "was changed after it was signed",
                               to_text(key.id)));
  }
  return {};
}

}  // namespace instar::release_handler::minisign
