// JSON into one scalar object. For type_json_read.cpp only.
#pragma once

#include "base/value.hpp"
#include "module/type_node.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace instar::detail {

/// A JSON value in words: `300`, `"x"`, `an array`.
std::string found(const value& from);

/// `expected an integer, found "x"`.
std::string unexpected(std::string_view expected, const value& from);

/// `; did you mean count?`, or nothing.
std::string did_you_mean(std::string_view word,
                         const std::vector<std::string_view>& names);

/// Negative numbers as two's complement.
struct integer {
  std::uint64_t bits = 0;
  bool is_negative = false;
};

/// A JSON integer or {"$int": "..."}.
std::optional<integer> integer_of(const value& from);

/// Sets an object of a type without parts, an enumeration, a duration or a time
/// point. Returns why that is not possible, or nothing.
std::string read_scalar(const type_node& type, void* object, const value& from);

}  // namespace instar::detail
