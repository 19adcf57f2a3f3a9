// Values as text for people. Names and messages come from others, so control
// characters never reach a terminal.
#pragma once

#include "base/value.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace instar::cli {

/// `text` with control characters, newlines but where they are kept, as `?`.
std::string printable(std::string_view text, bool keep_newlines = false);

/// One line: strings as they are, null as `-`, lists joined with commas.
std::string to_text(const value& shown);
/// The field's text; `-` where there is none.
std::string field(const boost::json::object& of, std::string_view key);
/// The field as a number; 0 where there is none.
std::int64_t number(const boost::json::object& of, std::string_view key);

/// The object, or the list, that it has there; an empty one where there is none.
const boost::json::object& fields_of(const boost::json::object& body,
                                     std::string_view key);
const boost::json::array& list_of(const boost::json::object& body,
                                  std::string_view key);

/// Indented JSON over several lines.
std::string pretty(const value& shown);

/// `412 us`, `3.1 ms`, `2.50 s`.
std::string to_text(std::chrono::microseconds time);
/// `3 days 4:05:06`, `4:05:06`.
std::string uptime(std::chrono::milliseconds time);

/// How many columns of a terminal it takes, one for each character.
std::size_t width(std::string_view text);

}  // namespace instar::cli
