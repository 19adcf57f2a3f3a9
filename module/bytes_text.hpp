// Bytes in JSON: as a string where they are UTF-8, else as base64.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace instar::detail {

/// Whether `bytes` are UTF-8 as RFC 3629 has it: no overlong forms, no
/// surrogates.
bool is_utf8(std::string_view bytes);

/// RFC 4648, section 4, with padding.
std::string to_base64(std::string_view bytes);

/// Nothing where `text` is not exactly what to_base64 makes.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace instar::detail
