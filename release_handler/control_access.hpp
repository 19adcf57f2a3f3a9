// Who may do what on a node: by the user at the other end of the control
// socket, or by the token of a client that comes over TCP.
#pragma once

#include "base/result.hpp"
#include "release_handler/access_tokens.hpp"
#include "release_handler/control_api.hpp"
#include "release_handler/node_config.hpp"
#include "release_handler/role.hpp"
#include "release_handler/tls_certificate.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace instar::release_handler {

/// A TCP address that is listened on: with TLS, and a token in each request.
struct tcp_access {
  /// HOST:PORT; port 0 is any free one.
  std::string address;
  std::shared_ptr<tls_certificate> certificate;
  std::shared_ptr<const access_tokens> tokens;
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

/// From a node's settings: looks up users and the group, reads the tokens and
/// the certificate, whose paths start at `root`. `told` is told what
/// becomes of those files later on, from any thread. Errors: bad_access, with what to
/// mend.
result<control_access> resolve_access(const node_config& config,
                                      const path& root,
                                      access_tokens::listener told = {});

/// Whether a request needs no more than role::read.
bool only_looks(const api_request& request);

/// Whether this user may. Errors: forbidden, which names who may.
result<> check_allowed(const control_access& access,
                       const api_request& request);

/// Whether the holder of this token may. Errors: unauthorized; forbidden, of a
/// token that only reads.
result<> check_token(const token_holder& holder, const api_request& request);

}  // namespace instar::release_handler
