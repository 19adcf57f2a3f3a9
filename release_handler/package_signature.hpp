// Signatures of packages: PACKAGE.minisig beside PACKAGE.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/minisign_secret.hpp"
#include "release_handler/package_file.hpp"
#include "release_handler/package_rules.hpp"

#include <optional>
#include <string>

namespace instar::release_handler {

/// Where the signature of a package is.
path signature_file_of(const path& package);

/// A signature that a trusted key made.
struct good_signature {
  minisign::public_key by;
  std::string trusted_comment;
  /// Of the package's bytes, however they were signed.
  minisign::file_hash hash{};
};

/// Reads all of `package` and compares it with its signature; `package` stands
/// at its start afterwards. Errors: no_such_file (no signature),
/// bad_signature_file, unknown_key (not among `keys`), bad_signature,
/// package_too_large (an "Ed" signature of more than minisign's
/// legacy_limit_bytes), the system's.
result<good_signature> verify_package(
    file_system& files, package_file& package,
    std::span<const minisign::public_key> keys);

/// Whether `rules` let a package in, before anything of it is extracted:
/// nothing is an unsigned one that is allowed. Errors: unsigned_package,
/// package_too_large, verify_package's.
result<std::optional<good_signature>> check_signature(
    file_system& files, package_file& package, const package_rules& rules);

/// Signs the package by its hash, as PACKAGE.minisig. The trusted comment has
/// `seconds` since 1970 and the file's name. Errors: the system's.
result<> sign_package(file_system& files, const path& package,
                      const minisign::secret_key& by, std::int64_t seconds);

/// A package that is a folder: it has no signature. Errors: unsigned_package.
result<> check_unsigned_folder(const path& package, const package_rules& rules);

}  // namespace instar::release_handler
