#include "module/type_fields.hpp"

#include <fmt/format.h>

namespace instar::detail {
namespace {

/// Whether one of two fields declares the other's name as its older one, and
/// neither type still has both names.
bool is_renamed(const type_node& to, const type_field& new_field,
                const type_node& from, const type_field& old_field) {
  const auto was = [](const type_field& field, const char* name) {
    return field.was != nullptr && std::string_view(field.was) == name;
  };
  return (was(new_field, old_field.name) &&
          find_field(from, new_field.name) == nullptr) ||
         (was(old_field, new_field.name) &&
          find_field(to, old_field.name) == nullptr);
}

}  // namespace

const type_field* find_field(const type_node& type, std::string_view name) {
  for (std::uint32_t i = 0; i < type.field_count; ++i) {
    if (name == type.fields[i].name)
      return &type.fields[i];
  }
  return nullptr;
}

const type_field* destination(const type_node& to, const type_node& from,
                              const type_field& old_field) {
  for (std::uint32_t i = 0; i < to.field_count; ++i) {
    if (is_renamed(to, to.fields[i], from, old_field))
      return &to.fields[i];
  }
  const auto* same = find_field(to, old_field.name);
  for (std::uint32_t i = 0; same != nullptr && i < from.field_count; ++i) {
    if (is_renamed(to, *same, from, from.fields[i]))
      return nullptr;  // another field's value goes there
  }
  return same;
}

const type_enumerator* find_enumerator(const type_node& type,
                                       std::string_view name) {
  for (std::uint32_t i = 0; i < type.enumerator_count; ++i) {
    if (name == type.enumerators[i].name)
      return &type.enumerators[i];
  }
  return nullptr;
}

std::string field_path(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::string part_path(const std::string& path, const type_node& type,
                      std::uint32_t part) {
  switch (type.kind) {
    case type_kind::sequence:
    case type_kind::array:
      return path + "[]";
    case type_kind::map:
      return path + (part == 0 ? "[key]" : "[]");
    case type_kind::variant:
      return fmt::format("{}<{}>", path, part);
    default:
      return path;
  }
}

}  // namespace instar::detail
