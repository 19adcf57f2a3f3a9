#include "module/type_words.hpp"

#include <algorithm>

namespace instar::detail {
namespace {

std::string parts_word(const type_node& type, const type_node* self) {
  std::string text = type.name;
  text += '<';
  for (std::uint32_t i = 0; i < type.part_count; ++i) {
    if (i > 0)
      text += ',';
    text += type_word(*type.parts[i], self);
  }
  if (type.kind == type_kind::array) {
    text += ',';
    text += std::to_string(type.count);
  }
  return text + '>';
}

}  // namespace

std::string type_word(const type_node& type, const type_node* self) {
  if (&type == self)
    return "itself";
  switch (type.kind) {
    case type_kind::boolean:
    case type_kind::string:
    case type_kind::json:
    case type_kind::unit:
    case type_kind::enumeration:
    case type_kind::structure:
      return type.name;
    case type_kind::signed_integer:
    case type_kind::unsigned_integer:
    case type_kind::floating:
      return type.name + std::to_string(type.size);
    case type_kind::duration:
    case type_kind::time_point:
      return std::string(type.name) + '<' + type_word(*type.parts[0], self) +
             ',' + std::to_string(type.period_numerator) + '/' +
             std::to_string(type.period_denominator) + '>';
    case type_kind::tuple: {
      std::string text = std::string(type.name) + '<';
      for (std::uint32_t i = 0; i < type.field_count; ++i) {
        if (i > 0)
          text += ',';
        text += type_word(*type.fields[i].type, self);
      }
      return text + '>';
    }
    case type_kind::array:
    case type_kind::sequence:
    case type_kind::map:
    case type_kind::optional:
    case type_kind::variant:
      return parts_word(type, self);
  }
  return type.name;
}

bool is_within_depth(const value& v, int levels) {
  const auto* array = v.if_array();
  const auto* object = v.if_object();
  if (array == nullptr && object == nullptr)
    return true;
  if (levels == 0)
    return false;
  if (array != nullptr) {
    return std::all_of(array->begin(), array->end(), [&](const value& e) {
      return is_within_depth(e, levels - 1);
    });
  }
  return std::all_of(object->begin(), object->end(), [&](const auto& member) {
    return is_within_depth(member.value(), levels - 1);
  });
}

std::uint32_t alternative_of(const type_node& variant, std::string_view word) {
  auto found = variant.part_count;
  for (std::uint32_t i = 0; i < variant.part_count; ++i) {
    if (type_word(*variant.parts[i]) != word)
      continue;
    if (found != variant.part_count)
      return variant.part_count;
    found = i;
  }
  return found;
}

}  // namespace instar::detail
