// Who may do what on a node: by the user at the other end of the control
// socket, or by the token of a client that comes over TCP.
#pragma once

#include "base/result.hpp"
#include "release_handler/control_api.hpp"
#include "release_handler/node_config.hpp"
#include "release_handler/tls.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace instar::release_handler {

enum class role {
  none,     ///< nothing
  read,     ///< what only looks: GET, and a process's state
  operate,  ///< everything
};

/// A TCP address that is listened on: with TLS, and a token in each request.
struct tcp_access {
  /// HOST:PORT; port 0 is any free one.
  std::string address;
  std::shared_ptr<const tls_context> tls;
  std::string token;
};

/// Data; any thread.
struct control_access {
  /// The socket file is open to this group (0660); absent: to its owner (0600).
  std::optional<std::uint32_t> group;
  /// By user id; others have no role. Root and the node's own user operate.
  std::map<std::uint32_t, role> users;
  /// As instar.yaml names them, for the text of a refusal.
  node_roles named;
  std::optional<tcp_access> tcp;

  role role_of(std::uint32_t uid) const;
};

/// From a node's settings: looks up users and the group, reads the token and
/// the certificate, whose paths start at `root`. Errors: bad_access, with what
/// to mend.
result<control_access> resolve_access(const node_config& config,
                                      const path& root);

/// Whether a request needs no more than role::read.
bool only_looks(const api_request& request);

/// Whether this user may. Errors: forbidden, which names who may.
result<> check_allowed(const control_access& access,
                       const api_request& request);

/// Whether `header`, of `Authorization`, is `Bearer TOKEN`; takes as long
/// whatever is in it.
bool is_token(std::string_view header, std::string_view token);

}  // namespace instar::release_handler
