// What a plain scalar means (YAML's core schema), and which bytes a manifest
// may hold. Private to appup. Any thread.
#pragma once

#include "appup/document.hpp"
#include "appup/source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace instar::appup {

struct scalar {
  node_kind kind = node_kind::string;
  /// For boolean, integer and (as its bits) unsigned_integer.
  std::int64_t integer = 0;
};

/// `null ~ true false 12 0x1F 0o17 1.5 .inf .nan`, else a string. An integer
/// that has no room in 64 bits is a real, as in JSON.
scalar resolve_scalar(std::string_view plain);

/// `text` of a scalar of kind real.
double parse_real(std::string_view text);

/// The first byte that is no UTF-8, or a control character, and what it is.
/// (For yaml-cpp the byte 4 is the end of the file.)
std::optional<std::pair<text_position, std::string>> find_bad_text(
    std::string_view text);

}  // namespace instar::appup
