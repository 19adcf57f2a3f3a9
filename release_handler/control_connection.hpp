// One client of the control server, from accept to close. Private to
// release_handler; one thread.
#pragma once

#include "release_handler/control_api.hpp"
#include "release_handler/control_server.hpp"
#include "release_handler/control_stream.hpp"

#include <string>

namespace instar::release_handler::detail {

/// Serves requests until the client closes, breaks HTTP, is silent for longer
/// than `limits.read_timeout`, or the stream is stopped. Does not throw.
/// Over TCP it begins with TLS, and each request must have the token.
void serve_connection(control_stream stream, control_api& api,
                      const control_limits& limits,
                      const control_access& access, bool is_tcp) noexcept;

/// A whole HTTP response that says why, and that the connection ends.
std::string closing_response(const api_response& answer);

}  // namespace instar::release_handler::detail
