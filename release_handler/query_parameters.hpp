// Reading the parameters of a GET request. Private to the API of a node.
// All errors are badarg and say what was expected.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace instar::release_handler {

/// `"sort" must be pid or name, not "x"`.
failure wrong_parameter(std::string_view key, std::string_view expected,
                        std::string_view found);
/// `unknown parameter "limti" (did you mean "limit"?)`.
failure unknown_parameter(std::string_view key,
                          std::initializer_list<std::string_view> known);

/// More than any number that a request may ask for.
inline constexpr std::uint64_t any_number = ~std::uint64_t{0};

result<std::uint64_t> read_number(std::string_view key, std::string_view text,
                                  std::uint64_t least = 1,
                                  std::uint64_t most = any_number);
/// A key without a value is true.
result<bool> read_flag(std::string_view key, std::string_view text);

}  // namespace instar::release_handler
