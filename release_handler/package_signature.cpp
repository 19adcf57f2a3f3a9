#include "release_handler/package_signature.hpp"

#include "release_handler/errors.hpp"

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>

#include <algorithm>

namespace instar::release_handler {
namespace {

failure unknown_key(const path& package, const minisign::key_id& by,
                    std::span<const minisign::public_key> keys) {
  std::string trusted;
  for (const auto& key : keys)
    trusted += (trusted.empty() ? "" : ", ") + minisign::to_text(key.id);
  return {errc::unknown_key,
          fmt::format("{} is signed by key {}, which is not trusted: {}",
                      package.string(), minisign::to_text(by),
                      trusted.empty() ? "no key is" : trusted + " would be")};
}

// The package's bytes, for a signature that is not of their hash.
result<std::vector<std::uint8_t>> whole(package_file& package) {
  if (package.size() > minisign::legacy_limit_bytes) {
    return failure(
        errc::package_too_large,
        fmt::format("{} has more than {} MiB, and its signature is of the old "
                    "kind \"Ed\": sign it anew, by its hash",
                    package.name().string(),
                    minisign::legacy_limit_bytes >> 20U));
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(package.size()));
  for (std::size_t done = 0; done < bytes.size();) {
    INSTAR_TRY_ASSIGN(const auto got,
                      package.read(std::span(bytes).subspan(done)));
    if (got == 0)
      bytes.resize(done);
    done += got;
  }
  return bytes;
}

failure about(const path& file, const failure& why) {
  return {why.code, file.string() + ": " + why.message()};
}

}  // namespace

path signature_file_of(const path& package) {
  return path(package.string() + ".minisig");
}

result<good_signature> verify_package(
    file_system& files, package_file& package,
    std::span<const minisign::public_key> keys) {
  const auto file = signature_file_of(package.name());
  if (files.kind(file) == file_kind::missing)
    return failure(errc::no_such_file, file.string() + " is not there");
  INSTAR_TRY_ASSIGN(const auto text,
                    files.read(file, minisign::signature_limit_bytes));
  const auto made = minisign::read_signature(text);
  if (!made)
    return about(file, made.error());
  const auto* key = minisign::find_key(keys, made->id);
  if (key == nullptr)
    return unknown_key(package.name(), made->id, keys);
  good_signature good{*key, made->trusted_comment, {}};
  std::vector<std::uint8_t> bytes;
  if (made->is_of_hash) {
    INSTAR_TRY_ASSIGN(good.hash, package.finish());
    bytes.assign(good.hash.begin(), good.hash.end());
  } else {
    INSTAR_TRY_ASSIGN(bytes, whole(package));
    crypto_generichash(good.hash.data(), good.hash.size(), bytes.data(),
                       bytes.size(), nullptr, 0);
  }
  const auto verified = minisign::verify(*made, *key, bytes);
  if (!verified)
    return about(package.name(), verified.error());
  INSTAR_TRY(package.restart());
  return good;
}

result<std::optional<good_signature>> check_signature(
    file_system& files, package_file& package, const package_rules& rules) {
  if (package.size() > rules.limits.total_bytes) {
    return failure(errc::package_too_large,
                   package.name().string() +
                       ": more bytes than the limits allow, packed already");
  }
  const auto file = signature_file_of(package.name());
  const bool is_signed = files.kind(file) != file_kind::missing;
  if (!is_signed && !rules.allow_unsigned) {
    return failure(
        errc::unsigned_package,
        fmt::format("{} has no signature, {} is not there: sign it (`instar "
                    "release pack --sign`, or minisign), or have the node take "
                    "unsigned packages (allow_unsigned in its instar.yaml)",
                    package.name().string(), file.filename().string()));
  }
  if (!is_signed || (rules.trusted_keys.empty() && rules.allow_unsigned))
    return std::optional<good_signature>();
  INSTAR_TRY_ASSIGN(auto good,
                    verify_package(files, package, rules.trusted_keys));
  return std::optional(std::move(good));
}

result<> sign_package(file_system& files, const path& package,
                      const minisign::secret_key& by, std::int64_t seconds) {
  INSTAR_TRY_ASSIGN(auto file, package_file::open(package));
  INSTAR_TRY_ASSIGN(const auto hash, file.finish());
  // As minisign writes it.
  const auto made =
      minisign::sign(by, hash,
                     fmt::format("timestamp:{}\tfile:{}\thashed", seconds,
                                 package.filename().string()));
  return replace_file(
      files, signature_file_of(package),
      minisign::write_signature(made, "signature from instar secret key " +
                                          minisign::to_text(by.id)));
}

result<> check_unsigned_folder(const path& package,
                               const package_rules& rules) {
  if (rules.allow_unsigned)
    return {};
  return failure(
      errc::unsigned_package,
      fmt::format("{} is a folder, which has no signature: pack it (`instar "
                  "release pack --sign`), or have the node take unsigned "
                  "packages (allow_unsigned in its instar.yaml)",
                  package.string()));
}

}  // namespace instar::release_handler
