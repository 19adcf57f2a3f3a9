#include "release_handler/access_tokens.hpp"

#include "base/file_system.hpp"
#include "release_handler/errors.hpp"

#include <boost/beast/core/string.hpp>

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace instar::release_handler {
namespace {

constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 1024;
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_file = 64U << 10U;

failure bad_file(const path& file, std::string_view why) {
  return {errc::bad_access, fmt::format("instar.yaml: listen: token_file {} {}",
                                        file.string(), why)};
}

bool is_visible(char c) {
  return c > ' ' && c <= '~';
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto from = text.find_first_not_of(blank);
  if (from == std::string_view::npos)
    return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

/// Nothing where it is no line of a token file.
std::optional<access_token> read_line(std::string_view line) {
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const bool has_name = end < line.size();
  const auto name = line.substr(0, has_name ? end : 0);
  const auto token = has_name ? trimmed(line.substr(end)) : line;
  if (name.size() > longest_name || token.size() < shortest_token ||
      token.size() > longest_token ||
      !std::all_of(name.begin(), name.end(), is_visible) ||
      !std::all_of(token.begin(), token.end(), is_visible))
    return std::nullopt;
  return access_token{std::string(name), std::string(token)};
}

using token_hash = std::array<unsigned char, crypto_generichash_BYTES>;

token_hash hash_of(std::string_view text) {
  token_hash made{};
  crypto_generichash(made.data(), made.size(),
                     reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  return made;
}

}  // namespace

result<std::vector<access_token>> read_tokens(const path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) {
    const boost::system::error_code code(errno,
                                         boost::system::system_category());
    return failure(errc::bad_access,
                   fmt::format("instar.yaml: listen: token_file {}: {}",
                               file.string(), code.message()));
  }
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return bad_file(file, "can be read by others than its owner: chmod 600");
  real_file_system files;
  const auto text = files.read(file, longest_file);
  if (!text)
    return bad_file(file, "cannot be read: " + text.error().message());
  std::vector<access_token> made;
  std::string_view left = *text;
  for (std::size_t number = 1; !left.empty(); ++number) {
    const auto line = trimmed(left.substr(0, left.find('\n')));
    left.remove_prefix(std::min(left.find('\n'), left.size() - 1) + 1);
    if (line.empty() || line.front() == '#')
      continue;
    auto token = read_line(line);
    if (!token) {
      return bad_file(
          file,
          fmt::format("has no token of {} to {} visible characters on line {}, "
                      "alone or after a name: openssl rand -hex 32 > FILE",
                      shortest_token, longest_token, number));
    }
    made.push_back(std::move(*token));
  }
  if (made.empty())
    return bad_file(file, "holds no token: openssl rand -hex 32 > FILE");
  return made;
}

access_tokens::access_tokens(token_files files, listener told)
    : files_(std::move(files)), told_(std::move(told)) {}

result<std::unique_ptr<access_tokens>> access_tokens::open(token_files files,
                                                           listener told) {
  for (const auto& file : {files.operate, files.read}) {
    if (!file.empty())
      INSTAR_TRY(read_tokens(file));
  }
  return std::unique_ptr<access_tokens>(
      new access_tokens(std::move(files), std::move(told)));
}

std::vector<access_token> access_tokens::read(const path& file,
                                              std::string& trouble) const {
  if (file.empty())
    return {};
  auto found = read_tokens(file);
  auto now = found ? std::string() : found.error().message();
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    is_news = now != trouble;
    trouble = now;
  }
  if (is_news && told_) {
    told_(now.empty()
              ? fmt::format("the tokens of {} count again", file.string())
              : now + "; its tokens are refused until that is mended");
  }
  return found ? std::move(*found) : std::vector<access_token>();
}

token_holder access_tokens::find(std::string_view header) const {
  constexpr std::string_view scheme = "Bearer ";
  const bool is_bearer = boost::beast::iequals(
      {header.data(), std::min(header.size(), scheme.size())},
      {scheme.data(), scheme.size()});
  // Hashes, since the comparison of unequal lengths would tell the length.
  const auto given =
      hash_of(is_bearer ? header.substr(scheme.size()) : std::string_view());
  token_holder found;
  const auto look = [&](std::vector<access_token> among, role may) {
    // All of them, whether found or not.
    for (auto& one : among) {
      const auto hash = hash_of(one.token);
      if (sodium_memcmp(given.data(), hash.data(), given.size()) == 0)
        found = {may, std::move(one.name)};
      sodium_memzero(one.token.data(), one.token.size());
    }
  };
  look(read(files_.read, read_trouble_), role::read);
  look(read(files_.operate, operate_trouble_), role::operate);
  return found;
}

}  // namespace instar::release_handler
