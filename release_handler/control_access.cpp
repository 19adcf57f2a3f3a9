#include "release_handler/control_access.hpp"

#include "release_handler/errors.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <vector>

namespace instar::release_handler {
namespace {

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
                                      const path& root,
                                      access_tokens::listener told) {
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
  const auto at_or_none = [&](const path& file) {
    return file.empty() ? file : at(file);
  };
  INSTAR_TRY_ASSIGN(tcp.tokens,
                    access_tokens::open({at_or_none(listen.tokens.operate),
                                         at_or_none(listen.tokens.read)},
                                        told));
  auto certificate = tls_certificate::open(at(listen.certificate),
                                           at(listen.key), std::move(told));
  if (!certificate)
    return bad_access("listen: " + certificate.error().message());
  tcp.certificate = std::move(*certificate);
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

result<> check_token(const token_holder& holder, const api_request& request) {
  if (holder.may == role::operate ||
      (holder.may == role::read && only_looks(request)))
    return {};
  if (holder.may == role::none)
    return failure(errc::unauthorized, "the token is not this node's");
  return failure(errc::forbidden,
                 fmt::format("this token may look, and not {} {}",
                             request.method, request.path));
}

}  // namespace instar::release_handler
