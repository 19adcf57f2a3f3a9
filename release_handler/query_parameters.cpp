#include "release_handler/query_parameters.hpp"

#include "appup/diagnostic.hpp"
#include "runtime/errors.hpp"

#include <fmt/format.h>

#include <charconv>
#include <span>

namespace instar::release_handler {

failure wrong_parameter(std::string_view key, std::string_view expected,
                        std::string_view found) {
  return {instar::errc::badarg,
          fmt::format("\"{}\" must be {}, not \"{}\"", key, expected, found)};
}

failure unknown_parameter(std::string_view key,
                          std::initializer_list<std::string_view> known) {
  return {instar::errc::badarg,
          fmt::format("unknown parameter \"{}\"{}", key,
                      appup::did_you_mean(
                          key, std::span(known.begin(), known.size())))};
}

result<std::uint64_t> read_number(std::string_view key, std::string_view text,
                                  std::uint64_t least, std::uint64_t most) {
  std::uint64_t found = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, found);
  if (read.ec == std::errc() && read.ptr == end && found >= least &&
      found <= most)
    return found;
  return wrong_parameter(
      key,
      most == any_number ? fmt::format("a number from {} on", least)
                         : fmt::format("a number from {} to {}", least, most),
      text);
}

result<bool> read_flag(std::string_view key, std::string_view text) {
  if (text.empty() || text == "true")
    return true;
  if (text == "false")
    return false;
  return wrong_parameter(key, "true or false", text);
}

}  // namespace instar::release_handler
