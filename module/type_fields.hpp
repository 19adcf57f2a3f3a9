// Which field of one version of a structure is which of another, over declared
// renames. For the files of type_carry.hpp and type_changes.hpp.
#pragma once

#include "module/type_node.hpp"

#include <string>
#include <string_view>

namespace instar::detail {

/// Null: there is none of that name.
const type_field* find_field(const type_node& type, std::string_view name);

/// Where the value of `old_field`, a field of `from`, goes in `to`; null:
/// nowhere.
const type_field* destination(const type_node& to, const type_node& from,
                              const type_field& old_field);

/// Null: there is none of that name.
const type_enumerator* find_enumerator(const type_node& type,
                                       std::string_view name);

/// A field inside a field: `limits.most`.
std::string field_path(const std::string& path, std::string_view name);

/// A part of a container or variant: `items[]`, `table[key]`, `choice<1>`.
std::string part_path(const std::string& path, const type_node& type,
                      std::uint32_t part);

}  // namespace instar::detail
