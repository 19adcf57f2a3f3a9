// Patterns as KEYS and CONFIG GET take them: * ? [a-z] [^a] \x.
#pragma once

#include <string_view>

namespace kv {

/// Whether the whole of `text` matches. Linear in the pattern for each star.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace kv
