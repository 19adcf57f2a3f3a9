// The name of a process: an index into the process table and the generation of
// its slot, so that a dead process's pid never names a later one.
#pragma once

#include <boost/describe/class.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace instar {

/// May be copied, kept and sent. The default one names nobody.
struct pid {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  explicit operator bool() const { return generation != 0; }
  friend auto operator<=>(const pid&, const pid&) = default;
};
BOOST_DESCRIBE_STRUCT(pid, (), (index, generation))

/// `0.INDEX.GENERATION`, as people write it.
std::string to_string(const pid& process);

/// Reads what to_string wrote; a null pid where `text` is none.
pid parse_pid(std::string_view text);

}  // namespace instar

template <>
struct std::hash<instar::pid> {
  std::size_t operator()(const instar::pid& p) const noexcept {
    return std::hash<std::uint64_t>{}(
        (static_cast<std::uint64_t>(p.generation) << 32) | p.index);
  }
};
