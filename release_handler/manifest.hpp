// A package's MANIFEST: one line `SHA-256  PATH` for every file but itself, as
// `sha256sum` writes and checks it. Any thread.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/package_path.hpp"

#include <map>
#include <string>
#include <string_view>

namespace instar::release_handler {

/// Each file's path and its hash, 64 small hexadecimal digits.
using manifest = std::map<std::string, std::string>;

/// The hash of `bytes` as a manifest has it.
std::string sha256(std::string_view bytes);

std::string write_manifest(const manifest& hashes);

/// Errors: bad_package (with the line), package_path.
result<manifest> read_manifest(std::string_view text,
                               const package_limits& limits);

/// Whether `folder` holds exactly the files of its own MANIFEST with their
/// hashes. `present` names its files, sorted, MANIFEST among them.
/// Errors: package_hash, bad_package, package_path.
result<> check_manifest(file_system& files, const path& folder,
                        const std::vector<std::string>& present,
                        const package_limits& limits);

}  // namespace instar::release_handler
