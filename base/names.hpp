// Which names may become paths and symbols.
#pragma once

#include <string>
#include <string_view>

namespace instar {

/// Applications and modules: `[a-z][A-Za-z0-9_]*`, 255 characters at most.
bool is_valid_name(std::string_view name);

/// Versions: `[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}`. They are opaque: never ordered.
bool is_valid_vsn(std::string_view vsn);

}  // namespace instar
