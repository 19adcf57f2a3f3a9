// A pid in one word, for atomics. Private to the runtime.
#pragma once

#include "runtime/pid.hpp"

#include <cstdint>

namespace instar {

/// 0 for the null pid.
inline std::uint64_t pack(pid of) {
  return (static_cast<std::uint64_t>(of.generation) << 32) | of.index;
}
inline pid unpack(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word),
          static_cast<std::uint32_t>(word >> 32)};
}

}  // namespace instar
