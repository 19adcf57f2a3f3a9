#include "module/bytes_text.hpp"
#include "module/type_number.hpp"
#include "module/type_walk.hpp"
#include "module/type_words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace instar {
namespace {

namespace json = boost::json;

value tagged(const char* tag, std::string_view text) {
  return json::object{{tag, json::string(text)}};
}

template <class Integer>
value integer_value(Integer number) {
  // What every reader of JSON holds exactly, a double being enough.
  constexpr auto exact = Integer{1} << 53;
  const bool is_exact =
      number <= exact && (std::is_unsigned_v<Integer> || number >= 0 - exact);
  if (is_exact)
    return static_cast<std::int64_t>(number);
  return tagged("$int", std::to_string(number));
}

value float_value(long double number, std::uint32_t size) {
  if (std::isnan(number))
    return tagged("$float", "nan");
  if (std::isinf(number))
    return tagged("$float", number < 0 ? "-inf" : "inf");
  const auto narrowed = static_cast<double>(number);
  if (size <= sizeof(double) || static_cast<long double>(narrowed) == number) {
    return narrowed;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.21Lg", number);
  return tagged("$float", text);
}

value string_value(const std::string& text) {
  if (detail::is_utf8(text))
    return json::string(text);
  return tagged("$bytes", detail::to_base64(text));
}

const char* enumerator_name(const type_node& type, std::int64_t number) {
  for (std::uint32_t i = 0; i < type.enumerator_count; ++i) {
    if (type.enumerators[i].number == number)
      return type.enumerators[i].name;
  }
  return nullptr;
}

value write(const type_node& type, const void* object, int levels);

value write_fields(const type_node& type, const void* object, int levels) {
  if (type.kind == type_kind::tuple) {
    json::array made;
    for (std::uint32_t i = 0; i < type.field_count; ++i) {
      const auto& field = type.fields[i];
      made.push_back(write(*field.type, field.at(object), levels));
    }
    return made;
  }
  json::object made;
  for (std::uint32_t i = 0; i < type.field_count; ++i) {
    const auto& field = type.fields[i];
    made.emplace(field.name, write(*field.type, field.at(object), levels));
  }
  return made;
}

struct element_writer {
  const type_node& element;
  int levels;
  json::array made;
};

value write_sequence(const type_node& type, const void* object, int levels) {
  const auto& functions =
      *static_cast<const sequence_functions*>(type.functions);
  element_writer writer{*type.parts[0], levels, {}};
  functions.for_each(
      object,
      [](void* context, const void* element) {
        auto& to = *static_cast<element_writer*>(context);
        to.made.push_back(write(to.element, element, to.levels));
      },
      &writer);
  return std::move(writer.made);
}

value write_array(const type_node& type, const void* object, int levels) {
  json::array made;
  const auto* at = static_cast<const char*>(object);
  for (std::uint64_t i = 0; i < type.count; ++i) {
    made.push_back(write(*type.parts[0], at, levels));
    at += type.parts[0]->size;
  }
  return made;
}

struct pair_writer {
  const type_node& map;
  int levels;
  std::vector<std::pair<value, value>> made;
};

value write_map(const type_node& type, const void* object, int levels) {
  const auto& functions = *static_cast<const map_functions*>(type.functions);
  pair_writer writer{type, levels, {}};
  functions.for_each(
      object,
      [](void* context, const void* key, const void* mapped) {
        auto& to = *static_cast<pair_writer*>(context);
        to.made.emplace_back(write(*to.map.parts[0], key, to.levels),
                             write(*to.map.parts[1], mapped, to.levels));
      },
      &writer);
  // An object wants keys that are texts, and each of them once.
  json::object as_object;
  bool is_object = detail::is_object_key(*type.parts[0]);
  for (const auto& [key, mapped] : writer.made) {
    is_object = is_object && key.is_string() &&
                as_object.emplace(key.get_string(), nullptr).second;
  }
  json::array pairs;
  for (auto& [key, mapped] : writer.made) {
    if (is_object) {
      as_object[key.get_string()] = std::move(mapped);
    } else {
      pairs.push_back(json::array{std::move(key), std::move(mapped)});
    }
  }
  if (is_object)
    return as_object;
  return pairs;
}

value write_optional(const type_node& type, const void* object, int levels) {
  const auto& functions =
      *static_cast<const optional_functions*>(type.functions);
  const void* content = functions.get(object);
  if (content == nullptr)
    return nullptr;
  auto made = write(*type.parts[0], content, levels);
  if (detail::may_be_null(*type.parts[0]))
    return json::array{std::move(made)};
  return made;
}

value write_variant(const type_node& type, const void* object, int levels) {
  const auto& functions =
      *static_cast<const variant_functions*>(type.functions);
  const auto index = functions.index(object);
  if (index >= type.part_count)
    return tagged("$opaque", "valueless variant");
  const auto& alternative = *type.parts[index];
  json::object made;
  const auto word = detail::type_word(alternative);
  if (detail::alternative_of(type, word) == index) {
    made["$variant"] = word;
  } else {
    made["$variant"] = static_cast<std::int64_t>(index);
  }
  made["value"] = write(alternative, functions.get(object), levels);
  return made;
}

value write_number(const type_node& type, const void* object) {
  if (type.kind == type_kind::boolean) {
    return *static_cast<const bool*>(object);
  }
  if (type.kind == type_kind::floating) {
    return float_value(detail::floating_of(type, object), type.size);
  }
  if (type.kind == type_kind::signed_integer) {
    return integer_value(detail::signed_of(type, object));
  }
  return integer_value(detail::unsigned_of(type, object));
}

value write_enumeration(const type_node& type, const void* object) {
  const auto& underlying = *type.parts[0];
  const auto* name =
      enumerator_name(type, detail::enumeration_of(underlying, object));
  if (name != nullptr)
    return json::string(name);
  return write_number(underlying, object);
}

value write(const type_node& type, const void* object, int levels) {
  if (levels == 0)
    return tagged("$opaque", detail::type_word(type));
  switch (type.kind) {
    case type_kind::boolean:
    case type_kind::signed_integer:
    case type_kind::unsigned_integer:
    case type_kind::floating:
      return write_number(type, object);
    case type_kind::string:
      return string_value(*static_cast<const std::string*>(object));
    case type_kind::json: {
      const auto& v = *static_cast<const value*>(object);
      if (!detail::is_within_depth(v, levels))
        return tagged("$opaque", "value");
      return v;
    }
    case type_kind::enumeration:
      return write_enumeration(type, object);
    case type_kind::duration:
    case type_kind::time_point:
      return write_number(*type.parts[0], object);
    case type_kind::unit:
      return nullptr;
    case type_kind::structure:
    case type_kind::tuple:
      return write_fields(type, object, levels - 1);
    case type_kind::array:
      return write_array(type, object, levels - 1);
    case type_kind::sequence:
      return write_sequence(type, object, levels - 1);
    case type_kind::map:
      return write_map(type, object, levels - 1);
    case type_kind::optional:
      return write_optional(type, object, levels - 1);
    case type_kind::variant:
      return write_variant(type, object, levels - 1);
  }
  return nullptr;
}

}  // namespace

value to_value(const type_node& type, const void* object) {
  return write(type, object, detail::deepest_value);
}

}  // namespace instar
