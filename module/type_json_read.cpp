#include "module/errors.hpp"
#include "module/type_scalar.hpp"
#include "module/type_temporary.hpp"
#include "module/type_walk.hpp"
#include "module/type_words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace instar {
namespace {

namespace json = boost::json;

class reader {
public:
  explicit reader(const type_node& type) : path_(detail::type_word(type)) {}

  result<> read(const type_node& type, void* object, const value& from) {
    if (levels_ == 0) {
      return wrong(fmt::format("deeper than {} levels", detail::deepest_value));
    }
    --levels_;
    auto done = read_kind(type, object, from);
    ++levels_;
    return done;
  }

private:
  result<> read_kind(const type_node& type, void* object, const value& from) {
    switch (type.kind) {
      case type_kind::json:
        if (!detail::is_within_depth(from, levels_)) {
          return wrong(
              fmt::format("deeper than {} levels", detail::deepest_value));
        }
        *static_cast<value*>(object) = value(from, json::storage_ptr());
        return {};
      case type_kind::structure:
        return read_structure(type, object, from);
      case type_kind::tuple:
        return read_tuple(type, object, from);
      case type_kind::array:
        return read_array(type, object, from);
      case type_kind::sequence:
        return read_sequence(type, object, from);
      case type_kind::map:
        return read_map(type, object, from);
      case type_kind::optional:
        return read_optional(type, object, from);
      case type_kind::variant:
        return read_variant(type, object, from);
      default:
        break;
    }
    const auto text = detail::read_scalar(type, object, from);
    if (!text.empty())
      return wrong(text);
    return {};
  }

  failure wrong(const std::string& text) const {
    return {module_file::errc::bad_value, path_ + ": " + text};
  }
  failure unexpected(std::string_view expected, const value& from) const {
    return wrong(detail::unexpected(expected, from));
  }

  /// Reads a part, whose place in the path is `step`.
  result<> read_part(const std::string& step, const type_node& type,
                     void* object, const value& from) {
    const auto length = path_.size();
    path_ += step;
    auto done = read(type, object, from);
    path_.resize(length);
    return done;
  }

  result<> read_structure(const type_node& type, void* object,
                          const value& from) {
    const auto* members = from.if_object();
    if (members == nullptr) {
      return unexpected(fmt::format("an object ({})", type.name), from);
    }
    for (const auto& member : *members) {
      const std::string_view name(member.key());
      const type_field* field = nullptr;
      std::vector<std::string_view> names;
      for (std::uint32_t i = 0; i < type.field_count; ++i) {
        names.emplace_back(type.fields[i].name);
        if (names.back() == name)
          field = &type.fields[i];
      }
      if (field == nullptr) {
        return wrong(fmt::format("{} has no field {}{}", type.name, name,
                                 detail::did_you_mean(name, names)));
      }
      INSTAR_TRY(read_part(fmt::format(".{}", name), *field->type,
                           const_cast<void*>(field->at(object)),
                           member.value()));
    }
    return {};
  }

  result<const json::array*> elements_of(const value& from,
                                         std::uint64_t count) {
    const auto* elements = from.if_array();
    if (elements == nullptr) {
      return unexpected(fmt::format("an array of {}", count), from);
    }
    if (elements->size() != count) {
      return wrong(fmt::format("expected {} elements, found {}", count,
                               elements->size()));
    }
    return elements;
  }

  result<> read_tuple(const type_node& type, void* object, const value& from) {
    INSTAR_TRY_ASSIGN(const auto* elements,
                      elements_of(from, type.field_count));
    for (std::uint32_t i = 0; i < type.field_count; ++i) {
      const auto& field = type.fields[i];
      INSTAR_TRY(read_part(fmt::format("[{}]", i), *field.type,
                           const_cast<void*>(field.at(object)),
                           (*elements)[i]));
    }
    return {};
  }

  result<> read_array(const type_node& type, void* object, const value& from) {
    INSTAR_TRY_ASSIGN(const auto* elements, elements_of(from, type.count));
    auto* at = static_cast<char*>(object);
    for (std::size_t i = 0; i < elements->size(); ++i) {
      INSTAR_TRY(read_part(fmt::format("[{}]", i), *type.parts[0], at,
                           (*elements)[i]));
      at += type.parts[0]->size;
    }
    return {};
  }

  result<> make_default(const type_node& type) const {
    if (type.default_construct != nullptr)
      return {};
    return wrong(fmt::format("{} cannot be read: it has no default value",
                             detail::type_word(type)));
  }

  result<> read_sequence(const type_node& type, void* object,
                         const value& from) {
    const auto* elements = from.if_array();
    if (elements == nullptr)
      return unexpected("an array", from);
    const auto& functions =
        *static_cast<const sequence_functions*>(type.functions);
    const auto& part = *type.parts[0];
    INSTAR_TRY(make_default(part));
    functions.clear(object);
    for (std::size_t i = 0; i < elements->size(); ++i) {
      const auto step = fmt::format("[{}]", i);
      detail::temporary element(part);
      INSTAR_TRY(read_part(step, part, element.at(), (*elements)[i]));
      functions.append(object, element.at());
      if (functions.size(object) != i + 1) {
        return wrong(fmt::format("element {} is given twice", step));
      }
    }
    return {};
  }

  result<> read_map(const type_node& type, void* object, const value& from) {
    const auto& functions = *static_cast<const map_functions*>(type.functions);
    INSTAR_TRY(make_default(*type.parts[0]));
    INSTAR_TRY(make_default(*type.parts[1]));
    functions.clear(object);
    const auto* members = from.if_object();
    if (members != nullptr && detail::is_object_key(*type.parts[0])) {
      for (const auto& member : *members) {
        INSTAR_TRY(read_entry(
            type, object, json::string(member.key()), member.value(),
            fmt::format("[\"{}\"]", std::string_view(member.key()))));
      }
      return {};
    }
    const auto* pairs = from.if_array();
    if (pairs == nullptr) {
      return unexpected(detail::is_object_key(*type.parts[0])
                            ? "an object or an array of pairs"
                            : "an array of pairs",
                        from);
    }
    for (std::size_t i = 0; i < pairs->size(); ++i) {
      const auto step = fmt::format("[{}]", i);
      const auto* pair = (*pairs)[i].if_array();
      if (pair == nullptr || pair->size() != 2) {
        return wrong(fmt::format("{} is no pair of a key and a value", step));
      }
      INSTAR_TRY(read_entry(type, object, (*pair)[0], (*pair)[1], step));
    }
    return {};
  }

  result<> read_entry(const type_node& type, void* object, const value& key,
                      const value& mapped, const std::string& step) {
    const auto& functions = *static_cast<const map_functions*>(type.functions);
    detail::temporary made_key(*type.parts[0]);
    detail::temporary made_value(*type.parts[1]);
    INSTAR_TRY(read_part(step, *type.parts[0], made_key.at(), key));
    INSTAR_TRY(read_part(step, *type.parts[1], made_value.at(), mapped));
    const auto size = functions.size(object);
    functions.insert(object, made_key.at(), made_value.at());
    if (functions.size(object) == size) {
      return wrong(fmt::format("the key of {} is given twice", step));
    }
    return {};
  }

  result<> read_optional(const type_node& type, void* object,
                         const value& from) {
    const auto& functions =
        *static_cast<const optional_functions*>(type.functions);
    if (from.is_null()) {
      functions.reset(object);
      return {};
    }
    const auto& part = *type.parts[0];
    INSTAR_TRY(make_default(part));
    if (!detail::may_be_null(part)) {
      return read(part, functions.emplace(object), from);
    }
    INSTAR_TRY_ASSIGN(const auto* content, elements_of(from, 1));
    return read_part("[0]", part, functions.emplace(object), (*content)[0]);
  }

  result<> read_variant(const type_node& type, void* object,
                        const value& from) {
    const auto* members = from.if_object();
    const auto* which =
        members == nullptr ? nullptr : members->if_contains("$variant");
    const auto* content =
        members == nullptr ? nullptr : members->if_contains("value");
    if (which == nullptr || content == nullptr || members->size() != 2) {
      return unexpected("an object of $variant and value", from);
    }
    std::uint64_t index = type.part_count;
    if (const auto* word = which->if_string()) {
      index = detail::alternative_of(type, *word);
    } else if (const auto number = detail::integer_of(*which);
               number && !number->is_negative) {
      index = number->bits;
    }
    if (index >= type.part_count) {
      return wrong(fmt::format("{} is no alternative of {}",
                               detail::found(*which), detail::type_word(type)));
    }
    const auto& alternative = *type.parts[index];
    INSTAR_TRY(make_default(alternative));
    return read_part(".value", alternative,
                     static_cast<const variant_functions*>(type.functions)
                         ->emplace(object, static_cast<std::size_t>(index)),
                     *content);
  }

  std::string path_;
  int levels_ = detail::deepest_value;
};

}  // namespace

result<> from_value(const type_node& type, void* object, const value& from) {
  return reader(type).read(type, object, from);
}

}  // namespace instar
