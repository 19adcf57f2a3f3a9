// A node's settings, ROOT/instar.yaml, as data. One thread at a time.
//
//     trusted_keys: [RWQf6LRCGA9i5...]   # minisign public keys
//     allow_unsigned: false              # take packages without a signature
//     floor: "1.4"                       # no release below it is unpacked,
//                                        # in the order of compare_vsn
//     keep: 3                            # old releases to keep; absent: all
//     roles: {group: ops, read: [alice], operate: [bob]}
//     listen: {address: "0.0.0.0:7070", certificate: ..., key: ...,
//              token_file: FILE}         # or {operate: FILE, read: FILE}
//     code_mode: embedded                # or interactive
//     workers: 0                         # threads; 0: one a processor
//     memory_limit: 2GiB                 # or a number of bytes; absent: none
//     hold_ms: 50                        # longest that an attempt holds clients
//     boot_timeout: 60                   # seconds until a start must be healthy
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/package_rules.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {

/// Who may use the control socket besides its owner, by user name. With roles
/// the socket is open to `group`.
struct node_roles {
  std::string group;
  std::vector<std::string> read;
  /// May also do everything that changes something.
  std::vector<std::string> operate;

  friend bool operator==(const node_roles&, const node_roles&) = default;
};

/// Where the tokens are that allow to operate, and those that allow to read;
/// one of the two may be empty.
struct token_files {
  path operate, read;

  friend bool operator==(const token_files&, const token_files&) = default;
};

/// A TCP address for the control API: never without a token and TLS.
struct listen_spec {
  /// HOST:PORT.
  std::string address;
  token_files tokens;
  path certificate, key;

  friend bool operator==(const listen_spec&, const listen_spec&) = default;
};

enum class code_mode {
  embedded,     ///< all modules are loaded at the start, as in an OTP release
  interactive,  ///< each module is loaded when it is first used
};

struct node_config {
  std::vector<minisign::public_key> trusted_keys;
  bool allow_unsigned = false;
  std::optional<std::string> floor;
  std::optional<std::uint32_t> keep;
  std::optional<node_roles> roles;
  std::optional<listen_spec> listen;
  instar::release_handler::code_mode code_mode =
      instar::release_handler::code_mode::embedded;
  /// 0: one a processor.
  std::uint32_t workers = 0;
  std::optional<std::uint64_t> memory_limit_bytes;
  std::chrono::milliseconds hold{50};
  std::chrono::seconds boot_timeout{60};

  friend bool operator==(const node_config&, const node_config&) = default;
};

/// What the settings demand of packages.
package_rules package_rules_of(const node_config& config);

/// The defaults where `file` is not there. Errors, all of them with file, line
/// and column: bad_config, unknown_key, duplicate_key and the others of
/// appup/errc.hpp.
result<node_config> read_node_config(file_system& files, const path& file);

}  // namespace instar::release_handler
