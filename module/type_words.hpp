// Words for types and values in messages, and what the files of type_walk.hpp
// share. For those files only.
#pragma once

#include "base/value.hpp"
#include "module/type_node.hpp"

#include <string>
#include <string_view>

namespace instar::detail {

/// `int8`, `vector<kv.entry>`: structures and enumerations by name alone,
/// `self` as "itself".
std::string type_word(const type_node& type, const type_node* self = nullptr);

/// Deeper than this JSON is neither written nor read: each level takes stack.
inline constexpr int deepest_value = 200;

/// Whether `v` has at most `levels` levels below it.
bool is_within_depth(const value& v, int levels);

/// Whether a value of the type is JSON's null at times, so that an optional of
/// it stands in an array of one.
inline bool may_be_null(const type_node& type) {
  return type.kind == type_kind::optional || type.kind == type_kind::unit ||
         type.kind == type_kind::json;
}

/// Whether a map with such keys may be written as an object.
inline bool is_object_key(const type_node& type) {
  return type.kind == type_kind::string || type.kind == type_kind::enumeration;
}

/// The index of the only alternative that has this word, or part_count.
std::uint32_t alternative_of(const type_node& variant, std::string_view word);

}  // namespace instar::detail
