#include "runtime/pid.hpp"

#include <fmt/format.h>

#include <charconv>

namespace instar {

std::string to_string(const pid& process) {
  return fmt::format("0.{}.{}", process.index, process.generation);
}

pid parse_pid(std::string_view text) {
  if (!text.starts_with("0."))
    return {};
  text.remove_prefix(2);
  pid found;
  const auto* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, found.index);
  if (index.ec != std::errc() || index.ptr == end || *index.ptr != '.') {
    return {};
  }
  const auto generation = std::from_chars(index.ptr + 1, end, found.generation);
  if (generation.ec != std::errc() || generation.ptr != end)
    return {};
  return found;
}

}  // namespace instar
