#include "release_handler/manifest.hpp"

#include "release_handler/errors.hpp"

#include <fmt/format.h>
#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <array>

namespace instar::release_handler {
namespace {

constexpr std::size_t hash_digits = 2 * crypto_hash_sha256_BYTES;

bool is_hash(std::string_view text) {
  return text.size() == hash_digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(),
                     reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  std::string text;
  for (const auto byte : hash)
    text += fmt::format("{:02x}", byte);
  return text;
}

std::string write_manifest(const manifest& hashes) {
  std::string text;
  for (const auto& [file, hash] : hashes)
    text += hash + "  " + file + "\n";
  return text;
}

result<manifest> read_manifest(std::string_view text,
                               const package_limits& limits) {
  manifest hashes;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const auto bad = [&](std::string_view why) {
      return failure(errc::bad_package,
                     fmt::format("MANIFEST:{}: {}", number, why));
    };
    if (line.size() < hash_digits + 3 ||
        !is_hash(line.substr(0, hash_digits)) ||
        line.substr(hash_digits, 2) != "  ") {
      return bad("expected a SHA-256 hash, two spaces and a path");
    }
    INSTAR_TRY_ASSIGN(auto file,
                      package_entry_path(line.substr(hash_digits + 2), limits));
    if (hashes.size() >= limits.entries)
      return bad("too many files");
    if (!hashes.emplace(file, line.substr(0, hash_digits)).second) {
      return bad(file + " is listed twice");
    }
    if (end == std::string_view::npos)
      return bad("the last line has no end");
    text.remove_prefix(end + 1);
  }
  return hashes;
}

result<> check_manifest(file_system& files, const path& folder,
                        const std::vector<std::string>& present,
                        const package_limits& limits) {
  INSTAR_TRY_ASSIGN(const auto text,
                    files.read(folder / "MANIFEST", limits.file_bytes));
  INSTAR_TRY_ASSIGN(auto listed, read_manifest(text, limits));
  for (const auto& file : present) {
    if (file == "MANIFEST")
      continue;
    const auto line = listed.find(file);
    if (line == listed.end()) {
      return failure(errc::package_hash,
                     "the package's MANIFEST does not list " + file);
    }
    INSTAR_TRY_ASSIGN(const auto bytes,
                      files.read(folder / file, limits.file_bytes));
    if (sha256(bytes) != line->second) {
      return failure(
          errc::package_hash,
          "the bytes of " + file + " differ from the package's MANIFEST");
    }
    listed.erase(line);
  }
  if (!listed.empty()) {
    return failure(errc::package_hash, "the package's MANIFEST lists " +
                                           listed.begin()->first +
                                           ", which is not in the package");
  }
  return {};
}

}  // namespace instar::release_handler
