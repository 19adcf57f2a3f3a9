// What a leak would make grow.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace instar::testing {

struct footprint {
  std::size_t resident_kib = 0;
  /// Shared objects that are mapped.
  std::size_t modules = 0;
  std::size_t descriptors = 0;
};

/// Of a process, as /proc tells it; zeros where it is gone.
footprint measure(pid_t process);

/// The allocator's own unrest; a sanitizer also keeps what was freed, and notes.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t allowed_growth_kib = 512 << 10;
#else
constexpr std::size_t allowed_growth_kib = 8 << 10;
#endif

}  // namespace instar::testing
