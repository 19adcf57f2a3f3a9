#include "release_handler/control_access.hpp"

#include "release_handler/errors.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <pwd.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace instar::release_handler {
namespace {

constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 1024;

failure bad_access(std::string why) {
  return {errc::bad_access, "instar.yaml: " + std::move(why)};
}

result<std::uint32_t> user_id(const std::string& name) {
  const auto* found = ::getpwnam(name.c_str());
  if (found == nullptr)
    return bad_access(fmt::format("roles: there is no user \"{}\"", name));
  return static_cast<std::uint32_t>(found->pw_uid);
}

result<> read_roles(const node_roles& named, control_access& made) {
  const auto* group = ::getgrnam(named.group.c_str());
  if (group == nullptr) {
    return bad_access(
        fmt::format("roles: there is no group \"{}\"", named.group));
  }
  made.group = group->gr_gid;
  made.named = named;
  for (const auto& name : named.read) {
    INSTAR_TRY_ASSIGN(const auto uid, user_id(name));
    made.users[uid] = role::read;
  }
  for (const auto& name : named.operate) {
    INSTAR_TRY_ASSIGN(const auto uid, user_id(name));
    made.users[uid] = role::operate;
  }
  return {};
}

result<std::string> read_token(const path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) {
    const boost::system::error_code code(errno,
                                         boost::system::system_category());
    return bad_access(fmt::format("listen: token_file {}: {}", file.string(),
                                  code.message()));
  }
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return bad_access(
        fmt::format("listen: token_file {} can be read by others than its "
                    "owner: chmod 600",
                    file.string()));
  }
  real_file_system files;
  INSTAR_TRY_ASSIGN(auto text, files.read(file, longest_token));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  const bool is_plain = std::all_of(text.begin(), text.end(),
                                    [](char c) { return c > ' ' && c <= '~'; });
  if (text.size() < shortest_token || !is_plain) {
    return bad_access(
        fmt::format("listen: token_file {} holds no line of {} or more visible "
                    "characters: openssl rand -hex 32 > FILE",
                    file.string(), shortest_token));
  }
  return text;
}

std::string name_of(std::uint32_t uid) {
  const auto* found = ::getpwuid(uid);
  return found == nullptr ? fmt::format("uid {}", uid) : found->pw_name;
}

std::string named_or_nobody(const std::vector<std::string>& names) {
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

role control_access::role_of(std::uint32_t uid) const {
  if (uid == 0 || uid == ::geteuid())
    return role::operate;
  const auto found = users.find(uid);
  return found == users.end() ? role::none : found->second;
}

result<control_access> resolve_access(const node_config& config,
                                      const path& root) {
  control_access made;
  if (config.roles)
    INSTAR_TRY(read_roles(*config.roles, made));
  if (!config.listen)
    return made;
  const auto& listen = *config.listen;
  const auto at = [&](const path& file) {
    return boost::filesystem::absolute(file, root);
  };
  tcp_access tcp;
  tcp.address = listen.address;
  INSTAR_TRY_ASSIGN(tcp.token, read_token(at(listen.token_file)));
  auto tls = tls_context::for_server(at(listen.certificate), at(listen.key));
  if (!tls)
    return bad_access("listen: " + tls.error().message());
  tcp.tls = *tls;
  made.tcp = std::move(tcp);
  return made;
}

bool only_looks(const api_request& request) {
  if (request.method == "GET")
    return true;
  const auto& path = request.path;
  return path.starts_with("/v1/processes/") &&
         (path.ends_with("/sys/get-state") ||
          path.ends_with("/sys/get-status") ||
          path.ends_with("/sys/get-modules"));
}

result<> check_allowed(const control_access& access,
                       const api_request& request) {
  const auto has = access.role_of(request.uid);
  if (has == role::operate || (has == role::read && only_looks(request)))
    return {};
  const auto owner = name_of(::geteuid());
  const auto who = name_of(request.uid);
  if (!access.group) {
    return failure(errc::forbidden,
                   fmt::format("{} may not use this node, whose owner is {}: "
                               "instar.yaml has no roles",
                               who, owner));
  }
  return failure(
      errc::forbidden,
      fmt::format("{} may {}: {} and {} operate this node, and {} read", who,
                  has == role::read ? fmt::format("look, and not {} {}",
                                                  request.method, request.path)
                                    : std::string("not use this node"),
                  owner, named_or_nobody(access.named.operate),
                  named_or_nobody(access.named.read)));
}

bool is_token(std::string_view header, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  if (!boost::beast::iequals(
          {header.data(), std::min(header.size(), scheme.size())},
          {scheme.data(), scheme.size()}))
    return false;
  const auto given = header.substr(scheme.size());
  // Hashes, since the comparison of unequal lengths would tell the length.
  std::array<std::array<unsigned char, 32>, 2> hashes{};
  const std::array<std::string_view, 2> texts{given, token};
  for (std::size_t i = 0; i < 2; ++i) {
    crypto_generichash(hashes[i].data(), hashes[i].size(),
                       reinterpret_cast<const unsigned char*>(texts[i].data()),
                       texts[i].size(), nullptr, 0);
  }
  return sodium_memcmp(hashes[0].data(), hashes[1].data(), hashes[0].size()) ==
         0;
}

}  // namespace instar::release_handler
