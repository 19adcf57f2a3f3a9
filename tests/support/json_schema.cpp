#include "tests/support/json_schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <regex>
#include <stdexcept>

namespace instar::test {
namespace {

namespace json = boost::json;

template <class Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 8> annotations{
    "$schema", "$id",         "$defs",   "$comment",
    "title",   "description", "default", "examples"};
// Keywords by what stands behind them.
constexpr std::array<std::string_view, 4> one_schema{
    "items", "not", "propertyNames", "additionalProperties"};
constexpr std::array<std::string_view, 3> schema_lists{"anyOf", "oneOf",
                                                       "allOf"};
constexpr std::array<std::string_view, 2> schema_maps{"properties", "$defs"};
constexpr std::array<std::string_view, 8> limits{
    "minimum",  "maximum",  "minLength",     "maxLength",
    "minItems", "maxItems", "minProperties", "maxProperties"};
constexpr std::array<std::string_view, 6> others{
    "$ref", "type", "enum", "const", "required", "pattern"};
constexpr std::array<std::string_view, 7> types{
    "null", "boolean", "integer", "number", "string", "array", "object"};

[[noreturn]] void no_schema(const std::string& why) {
  throw std::invalid_argument("no schema of ours: " + why);
}

void require(bool holds, const std::string& why) {
  if (!holds)
    no_schema(why);
}

bool has_type(const value& instance, std::string_view type) {
  if (type == "null")
    return instance.is_null();
  if (type == "boolean")
    return instance.is_bool();
  if (type == "string")
    return instance.is_string();
  if (type == "array")
    return instance.is_array();
  if (type == "object")
    return instance.is_object();
  if (type == "number")
    return instance.is_number();
  // A number without a fraction is an integer, however it is written.
  const auto* const real = instance.if_double();
  return instance.is_int64() || instance.is_uint64() ||
         (real != nullptr && std::isfinite(*real) &&
          std::trunc(*real) == *real);
}

// `type` is one or a list of them.
bool has_one_of(const value& instance, const value& type) {
  if (type.is_string())
    return has_type(instance, type.get_string());
  const auto& all = type.get_array();
  return std::any_of(all.begin(), all.end(), [&](const value& one) {
    return has_type(instance, one.get_string());
  });
}

double number_of(const value& from) {
  if (from.is_int64())
    return static_cast<double>(from.get_int64());
  if (from.is_uint64())
    return static_cast<double>(from.get_uint64());
  return from.get_double();
}

// Unicode characters, as the specification counts.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// What a limit is compared with; nothing if it is not about such an instance.
double measure(std::string_view keyword, const value& instance) {
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  if (keyword.ends_with("imum"))
    return instance.is_number() ? number_of(instance) : nothing;
  if (keyword.ends_with("Length")) {
    return instance.is_string()
               ? static_cast<double>(length_of(instance.get_string()))
               : nothing;
  }
  if (keyword.ends_with("Items")) {
    return instance.is_array()
               ? static_cast<double>(instance.get_array().size())
               : nothing;
  }
  return instance.is_object()
             ? static_cast<double>(instance.get_object().size())
             : nothing;
}

std::string wrong(const std::string& at, std::string_view what) {
  return (at.empty() ? "/" : at) + ": " + std::string(what);
}

// Compiling one takes longer than all else.
const std::regex& compiled(const value& pattern) {
  thread_local std::map<std::string, std::regex> known;
  const std::string text(pattern.as_string());
  return known.try_emplace(text, text).first->second;
}

std::string validate_value(const json::object& schema, const value& instance,
                           const std::string& at) {
  if (const auto* type = schema.if_contains("type")) {
    if (!has_one_of(instance, *type))
      return wrong(at, "is no " + json::serialize(*type));
  }
  if (const auto* list = schema.if_contains("enum")) {
    const auto& all = list->get_array();
    if (std::find(all.begin(), all.end(), instance) == all.end())
      return wrong(at, "is none of " + json::serialize(all));
  }
  if (const auto* only = schema.if_contains("const")) {
    if (instance != *only)
      return wrong(at, "is not " + json::serialize(*only));
  }
  const auto* const pattern = schema.if_contains("pattern");
  if (pattern != nullptr && instance.is_string()) {
    const std::string text(instance.get_string());
    if (!std::regex_search(text, compiled(*pattern)))
      return wrong(at, "does not match " + json::serialize(*pattern));
  }
  for (const auto keyword : limits) {
    const auto* const limit = schema.if_contains(keyword);
    if (limit == nullptr)
      continue;
    const auto found = measure(keyword, instance);
    const auto bound = number_of(*limit);
    if (keyword.starts_with("min") ? found < bound : found > bound)
      return wrong(at, "breaks " + std::string(keyword));
  }
  return {};
}

}  // namespace

json_schema::json_schema(std::string_view text) {
  const auto parsed = json::parse(text);
  require(parsed.is_object(), "it is no object");
  root_ = parsed.get_object();
  check(root_);
}

void json_schema::check(const value& schema) const {
  if (schema.is_bool())
    return;
  require(schema.is_object(), json::serialize(schema));
  for (const auto& [key, argument] : schema.get_object()) {
    const auto where = std::string(key) + ": " + json::serialize(argument);
    if (is_one_of(one_schema, key)) {
      check(argument);
    } else if (is_one_of(schema_lists, key)) {
      require(argument.is_array() && !argument.get_array().empty(), where);
      for (const auto& one : argument.get_array())
        check(one);
    } else if (is_one_of(schema_maps, key)) {
      require(argument.is_object(), where);
      for (const auto& member : argument.get_object())
        check(member.value());
    } else if (is_one_of(limits, key)) {
      require(argument.is_number(), where);
    } else if (key == "$ref") {
      require(argument.is_string(), where);
      (void)target(argument.get_string());
    } else if (key == "type") {
      const bool is_list = argument.is_array();
      for (const auto& one :
           is_list ? argument.get_array() : json::array(1, argument))
        require(one.is_string() && is_one_of(types, one.get_string()), where);
    } else if (key == "enum" || key == "required") {
      require(argument.is_array() && !argument.get_array().empty(), where);
    } else if (key == "pattern") {
      (void)compiled(argument);
    } else {
      require(is_one_of(annotations, key) || is_one_of(others, key),
              "the keyword " + where);
    }
  }
}

const value& json_schema::target(std::string_view reference) const {
  constexpr std::string_view start = "#/$defs/";
  const auto* const defs = root_.if_contains("$defs");
  const value* found = nullptr;
  if (defs != nullptr && reference.starts_with(start))
    found = defs->as_object().if_contains(reference.substr(start.size()));
  require(found != nullptr, std::string(reference) + " is not there");
  return *found;
}

std::string json_schema::why_invalid(const value& instance) const {
  return validate(root_, instance, "");
}

std::string json_schema::validate(const value& schema, const value& instance,
                                  const std::string& at) const {
  if (schema.is_bool())
    return schema.get_bool() ? "" : wrong(at, "is not allowed");
  const auto& keywords = schema.get_object();
  auto why = validate_value(keywords, instance, at);
  if (why.empty())
    why = validate_branches(keywords, instance, at);
  if (why.empty() && instance.is_array())
    why = validate_items(keywords, instance.get_array(), at);
  if (why.empty() && instance.is_object())
    why = validate_members(keywords, instance.get_object(), at);
  return why;
}

std::string json_schema::validate_branches(const json::object& schema,
                                           const value& instance,
                                           const std::string& at) const {
  const auto valid_for = [&](const value& one) {
    return validate(one, instance, at).empty();
  };
  if (const auto* reference = schema.if_contains("$ref")) {
    auto why = validate(target(reference->get_string()), instance, at);
    if (!why.empty())
      return why;
  }
  if (const auto* other = schema.if_contains("not")) {
    if (valid_for(*other))
      return wrong(at, "is what it must not be");
  }
  for (const auto keyword : schema_lists) {
    const auto* const list = schema.if_contains(keyword);
    if (list == nullptr)
      continue;
    const auto& all = list->get_array();
    const auto count = static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), valid_for));
    const bool fits = keyword == "allOf"   ? count == all.size()
                      : keyword == "oneOf" ? count == 1
                                           : count > 0;
    if (!fits) {
      return wrong(at, std::to_string(count) + " branches of " +
                           std::string(keyword) + " fit");
    }
  }
  return {};
}

std::string json_schema::validate_items(const json::object& schema,
                                        const json::array& instance,
                                        const std::string& at) const {
  const auto* const items = schema.if_contains("items");
  for (std::size_t i = 0; items != nullptr && i < instance.size(); ++i) {
    auto why = validate(*items, instance[i], at + "/" + std::to_string(i));
    if (!why.empty())
      return why;
  }
  return {};
}

std::string json_schema::validate_members(const json::object& schema,
                                          const json::object& instance,
                                          const std::string& at) const {
  if (const auto* required = schema.if_contains("required")) {
    for (const auto& key : required->get_array()) {
      if (!instance.contains(key.get_string()))
        return wrong(at, "has no " + json::serialize(key));
    }
  }
  const auto* const properties = schema.if_contains("properties");
  const auto* const others = schema.if_contains("additionalProperties");
  const auto* const names = schema.if_contains("propertyNames");
  for (const auto& [key, member] : instance) {
    const auto here = at + "/" + std::string(key);
    const auto* const known = properties == nullptr
                                  ? nullptr
                                  : properties->get_object().if_contains(key);
    const auto* const rule = known == nullptr ? others : known;
    auto why = rule == nullptr ? "" : validate(*rule, member, here);
    if (why.empty() && names != nullptr)
      why = validate(*names, value(key), here);
    if (!why.empty())
      return why;
  }
  return {};
}

}  // namespace instar::test
