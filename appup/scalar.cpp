#include "appup/scalar.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace instar::appup {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end]))
    ++end;
  return end - from;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_real(std::string_view text) {
  std::size_t at = text.front() == '-' || text.front() == '+' ? 1 : 0;
  const auto whole = digits(text, at);
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const auto part = digits(text, at + 1);
    if (whole == 0 && part == 0)
      return false;
    at += 1 + part;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+'))
      ++at;
    const auto exponent = digits(text, at);
    if (exponent == 0)
      return false;
    at += exponent;
  }
  return at == text.size();
}

bool is_not_finite(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN")
    return true;
  if (text.front() == '-' || text.front() == '+')
    text.remove_prefix(1);
  return text == ".inf" || text == ".Inf" || text == ".INF";
}

std::optional<scalar> parse_integer(std::string_view text) {
  int base = 10;
  bool negative = false;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.starts_with("0o")) {
    base = 8;
    text.remove_prefix(2);
  } else if (text.front() == '-' || text.front() == '+') {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::uint64_t magnitude = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, magnitude, base);
  if (text.empty() || stop != end || error != std::errc{})
    return std::nullopt;
  constexpr auto greatest =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (negative) {
    if (magnitude > greatest + 1)
      return std::nullopt;
    return scalar{node_kind::integer,
                  static_cast<std::int64_t>(0U - magnitude)};
  }
  return scalar{
      magnitude > greatest ? node_kind::unsigned_integer : node_kind::integer,
      static_cast<std::int64_t>(magnitude)};
}

// The size of the UTF-8 character at the front, 0 if there is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned first = byte(0);
  std::size_t size = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3;
    if (first == 0xE0)
      low = 0xA0;
    if (first == 0xED)
      high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4;
    if (first == 0xF0)
      low = 0x90;
    if (first == 0xF4)
      high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < size || byte(1) < low || byte(1) > high)
    return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF)
      return 0;
  }
  return size;
}

}  // namespace

scalar resolve_scalar(std::string_view plain) {
  if (plain.empty() || plain == "~" || plain == "null" || plain == "Null" ||
      plain == "NULL") {
    return {node_kind::null};
  }
  if (plain == "true" || plain == "True" || plain == "TRUE") {
    return {node_kind::boolean, 1};
  }
  if (plain == "false" || plain == "False" || plain == "FALSE") {
    return {node_kind::boolean, 0};
  }
  const char first = plain.front();
  if (!is_digit(first) && first != '-' && first != '+' && first != '.') {
    return {};
  }
  if (const auto integer = parse_integer(plain))
    return *integer;
  if (is_real(plain) || is_not_finite(plain))
    return {node_kind::real};
  return {};
}

double parse_real(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (is_not_finite(text)) {
    if (text[1] == 'n' || text[1] == 'N') {
      return std::numeric_limits<double>::quiet_NaN();
    }
    constexpr auto infinite = std::numeric_limits<double>::infinity();
    return negative ? -infinite : infinite;
  }
  if (text.starts_with('+'))
    text.remove_prefix(1);
  double number = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    // from_chars does not say in which direction; the exponent's sign does.
    const auto exponent = text.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos &&
                      text.substr(exponent + 1).starts_with('-');
    number = tiny ? 0 : std::numeric_limits<double>::infinity();
    if (negative)
      number = -number;
  }
  return number;
}

std::optional<std::pair<text_position, std::string>> find_bad_text(
    std::string_view text) {
  text_position at{1, 1};
  std::size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') {
      return std::pair(at, fmt::format("a control character (0x{:02X})", c));
    }
    const auto size = character_size(text.substr(i));
    if (size == 0) {
      return std::pair(at,
                       fmt::format("a byte that is no UTF-8 (0x{:02X})", c));
    }
    i += size;
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      at.column += static_cast<std::uint32_t>(size);
    }
  }
  return std::nullopt;
}

}  // namespace instar::appup
