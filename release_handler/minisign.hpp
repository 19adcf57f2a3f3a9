// Keys and signatures in minisign's format, as data, and their checks. What is
// made here the program minisign verifies, and the reverse.
//
//     public key   base64 of  "Ed" | key id 8 | Ed25519 key 32
//     signature    untrusted comment: ANYTHING
//                  base64 of  "ED" or "Ed" | key id 8 | signature 64
//                  trusted comment: TEXT
//                  base64 of  signature of (the signature's 64 bytes | TEXT)
//
// "ED" signs the BLAKE2b-512 hash of the file, "Ed" (older, `minisign -l`) the
// file itself. All of it is untrusted until verify() has said so. Any thread.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace instar::release_handler::minisign {

using key_id = std::array<std::uint8_t, 8>;
using signature_bytes = std::array<std::uint8_t, 64>;
/// The BLAKE2b-512 hash of a file.
using file_hash = std::array<std::uint8_t, 64>;

/// The longest signature file that is read.
inline constexpr std::uint64_t signature_limit_bytes = 16384;
/// The longest file that an "Ed" signature is checked of: it must be in memory.
inline constexpr std::uint64_t legacy_limit_bytes = std::uint64_t{256} << 20U;

struct public_key {
  key_id id{};
  std::array<std::uint8_t, 32> point{};

  friend bool operator==(const public_key&, const public_key&) = default;
};

struct signature {
  /// "ED": of the file's hash; else of the file.
  bool is_of_hash = true;
  key_id id{};
  signature_bytes of_file{};
  /// Without control characters but tabs.
  std::string trusted_comment;
  signature_bytes of_comment{};
};

/// As minisign prints it: `239DA0C53CFDB0AE`.
std::string to_text(const key_id& id);
/// The line in base64, `RW...`.
std::string to_text(const public_key& key);

/// The base64 line, or the whole file that minisign writes: a comment and that
/// line. Errors: bad_key.
result<public_key> read_public_key(std::string_view text);

/// A whole signature file. Errors: bad_signature_file.
result<signature> read_signature(std::string_view text);
std::string write_signature(const signature& of, std::string_view comment);

/// The one of `keys` that `by` names, or null.
const public_key* find_key(std::span<const public_key> keys, const key_id& by);

/// Whether `key` made the signature of `message` (the file's hash, or the file)
/// and of the trusted comment. Errors: bad_signature, with which of the two.
result<> verify(const signature& made, const public_key& key,
                std::span<const std::uint8_t> message);

namespace detail {

/// Strict base64 of exactly `size` bytes; empty: it is not.
std::vector<std::uint8_t> decode(std::string_view text, std::size_t size);
std::string encode(std::span<const std::uint8_t> bytes);
/// The next line of `text`, which loses it; without its end.
std::string_view take_line(std::string_view& text);

}  // namespace detail

}  // namespace instar::release_handler::minisign
