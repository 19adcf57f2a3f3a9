#include "module/type_scalar.hpp"

#include "base/text.hpp"
#include "module/bytes_text.hpp"
#include "module/type_number.hpp"
#include "module/type_words.hpp"

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>

namespace instar::detail {
namespace {

namespace json = boost::json;

/// What a message shows of a text that it found.
constexpr std::size_t longest_shown = 40;

/// The text of {"tag": text}, or null.
const json::string* tagged(const value& from, std::string_view tag) {
  const auto* object = from.if_object();
  if (object == nullptr || object->size() != 1)
    return nullptr;
  const auto* inner = object->if_contains(tag);
  return inner == nullptr ? nullptr : inner->if_string();
}

std::optional<long double> floating_of(const value& from) {
  if (const auto* number = from.if_double())
    return *number;
  if (const auto whole = integer_of(from)) {
    return whole->is_negative ? static_cast<long double>(
                                    static_cast<std::int64_t>(whole->bits))
                              : static_cast<long double>(whole->bits);
  }
  const auto* text = tagged(from, "$float");
  if (text == nullptr || text->empty())
    return std::nullopt;
  char* end = nullptr;
  const auto number = std::strtold(text->c_str(), &end);
  if (end != text->c_str() + text->size())
    return std::nullopt;
  return number;
}

std::string read_integer(const type_node& type, void* object,
                         const value& from) {
  const auto number = integer_of(from);
  if (!number)
    return unexpected("an integer", from);
  if (!fits_integer(type, number->bits, number->is_negative)) {
    const auto* text = tagged(from, "$int");
    return fmt::format("{} does not fit in {}",
                       text != nullptr ? std::string(*text) : found(from),
                       type_word(type));
  }
  set_integer(type, object, number->bits);
  return {};
}

std::string read_floating(const type_node& type, void* object,
                          const value& from) {
  const auto number = floating_of(from);
  if (!number)
    return unexpected("a number", from);
  const auto most = type.size == sizeof(float)
                        ? std::numeric_limits<float>::max()
                        : std::numeric_limits<double>::max();
  if (type.size <= sizeof(double) && std::isfinite(*number) &&
      std::fabs(*number) > static_cast<long double>(most)) {
    return fmt::format("{} does not fit in {}", found(from), type_word(type));
  }
  set_floating(type, object, *number);
  return {};
}

std::string read_string(std::string& text, const value& from) {
  if (const auto* given = from.if_string()) {
    text.assign(given->data(), given->size());
    return {};
  }
  const auto* encoded = tagged(from, "$bytes");
  if (encoded == nullptr)
    return unexpected("a text", from);
  auto bytes = from_base64(*encoded);
  if (!bytes)
    return "its $bytes are not base64";
  text = std::move(*bytes);
  return {};
}

std::string read_enumeration(const type_node& type, void* object,
                             const value& from) {
  const auto* given = from.if_string();
  if (given == nullptr)
    return read_integer(*type.parts[0], object, from);
  const std::string_view name(*given);
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < type.enumerator_count; ++i) {
    names.emplace_back(type.enumerators[i].name);
    if (names.back() != name)
      continue;
    set_integer(*type.parts[0], object,
                static_cast<std::uint64_t>(type.enumerators[i].number));
    return {};
  }
  return fmt::format("{} has no enumerator {}{}", type.name, name,
                     did_you_mean(name, names));
}

}  // namespace

std::string found(const value& from) {
  switch (from.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return from.get_bool() ? "true" : "false";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    case json::kind::string: {
      const std::string_view text(from.get_string());
      if (text.size() <= longest_shown)
        return fmt::format("\"{}\"", text);
      return fmt::format("a text of {} bytes", text.size());
    }
    case json::kind::int64:
      return fmt::format("{}", from.get_int64());
    case json::kind::uint64:
      return fmt::format("{}", from.get_uint64());
    case json::kind::double_:
      return fmt::format("{}", from.get_double());
  }
  return "nothing";
}

std::string unexpected(std::string_view expected, const value& from) {
  return fmt::format("expected {}, found {}", expected, found(from));
}

std::string did_you_mean(std::string_view word,
                         const std::vector<std::string_view>& names) {
  const auto near = nearest(word, names);
  return near.empty() ? near : fmt::format("; did you mean {}?", near);
}

std::optional<integer> integer_of(const value& from) {
  if (const auto* number = from.if_int64()) {
    return integer{static_cast<std::uint64_t>(*number), *number < 0};
  }
  if (const auto* number = from.if_uint64())
    return integer{*number, false};
  const auto* text = tagged(from, "$int");
  if (text == nullptr)
    return std::nullopt;
  std::string_view digits(*text);
  const bool is_negative = digits.starts_with('-');
  if (is_negative)
    digits.remove_prefix(1);
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || __builtin_mul_overflow(number, 10u, &number) ||
        __builtin_add_overflow(number, std::uint64_t(c - '0'), &number)) {
      return std::nullopt;
    }
  }
  if (digits.empty() || (is_negative && number > std::uint64_t{1} << 63)) {
    return std::nullopt;
  }
  return integer{is_negative ? 0 - number : number, is_negative && number != 0};
}

std::string read_scalar(const type_node& type, void* object,
                        const value& from) {
  switch (type.kind) {
    case type_kind::boolean:
      if (!from.is_bool())
        return unexpected("true or false", from);
      *static_cast<bool*>(object) = from.get_bool();
      return {};
    case type_kind::signed_integer:
    case type_kind::unsigned_integer:
      return read_integer(type, object, from);
    case type_kind::floating:
      return read_floating(type, object, from);
    case type_kind::string:
      return read_string(*static_cast<std::string*>(object), from);
    case type_kind::enumeration:
      return read_enumeration(type, object, from);
    case type_kind::duration:
    case type_kind::time_point:
      return read_scalar(*type.parts[0], object, from);
    case type_kind::unit:
      return from.is_null() ? std::string() : unexpected("null", from);
    default:
      return "is no scalar";
  }
}

}  // namespace instar::detail
