// From an HTTP request to an api_request, and the shape of errors. Requests are
// untrusted until here. Any thread.
#pragma once

#include "release_handler/control_api.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace instar::release_handler {

/// How deep a request's body may nest.
inline constexpr std::size_t control_body_depth = 64;

/// `{"error": {"tag", "message"}}`.
api_response error_response(int status, std::string_view tag,
                            std::string_view message);

/// The request's `method`, `path`, `query` and `body`, or the answer that says
/// what is wrong with it. Tags: method_not_allowed, bad_request.
std::variant<api_request, api_response> to_api_request(std::string_view method,
                                                       std::string_view target,
                                                       std::string_view body);

/// Decodes `%41`. Nothing if an escape is not complete.
std::optional<std::string> percent_decoded(std::string_view text);

/// Encodes what is not unreserved (RFC 3986), so that any name is a segment of
/// a path.
std::string percent_encoded(std::string_view text);

}  // namespace instar::release_handler
