// Secret keys in minisign's format, on the build machine: read, made, and used
// to sign. A node has none.
//
//     untrusted comment: ANYTHING
//     base64 of  "Ed" | "Sc" or zeros | "B2" | salt 32 | opslimit 8 | memlimit 8
//                | key id 8 | Ed25519 secret key 64 | BLAKE2b-256 checksum 32
//
// With "Sc" the last 104 bytes are xored with scrypt of a password; without
// (`minisign -W`) they stand as they are, the checksum may be zeros. Any thread.
#pragma once

#include "base/result.hpp"
#include "release_handler/minisign.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace instar::release_handler::minisign {

/// Wiped when it goes.
class secret_key {
public:
  secret_key() = default;
  secret_key(const secret_key&) = default;
  secret_key& operator=(const secret_key&) = default;
  ~secret_key();

  public_key to_public() const;

  key_id id{};
  std::array<std::uint8_t, 64> bytes{};
};

/// Gives the password of an encrypted key; asked only where there is need.
using ask_password = std::function<result<std::string>()>;

/// A whole secret key file. Errors: bad_key, wrong_password, ask's; not enough
/// memory for scrypt, as the system says it.
result<secret_key> read_secret_key(std::string_view text,
                                   const ask_password& ask);

/// How expensive it is to try passwords. The default is minisign's: a second or
/// two, and 1 GiB of memory.
struct scrypt_cost {
  std::uint64_t operations = 33'554'432;
  std::uint64_t memory_bytes = 1'073'741'824;
};

secret_key make_secret_key();
/// The whole file; encrypted where there is a password. Errors: not enough
/// memory.
result<std::string> write_secret_key(const secret_key& key,
                                     const std::optional<std::string>& password,
                                     const scrypt_cost& cost = {});
/// The whole file.
std::string write_public_key(const public_key& key);

/// Signs a file by its hash ("ED"). `trusted_comment` is one line.
signature sign(const secret_key& by, const file_hash& hash,
               std::string_view trusted_comment);

}  // namespace instar::release_handler::minisign
