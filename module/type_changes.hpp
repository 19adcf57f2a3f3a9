// What differs between two versions of a type, for people: fields and
// enumerators that are new, gone, renamed or of another type, however deep.
// Needs no functions of the module. Any thread.
#pragma once

#include "module/type_node.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace instar {

/// More are not looked for; a last text says so.
inline constexpr std::size_t most_type_changes = 40;

/// One text each: `by_client is new`, `count is gone`, `count is now total`,
/// `limits.most was int4 and is int8`, `paint has the new enumerator blue`.
/// Empty only where the layouts are equal.
std::vector<std::string> type_changes(const type_node& older,
                                      const type_node& newer);

}  // namespace instar
