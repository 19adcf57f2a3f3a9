// What each thread that may run module code publishes about itself.
//
// A thread has a slot of its own for as long as it lives; only it writes there,
// so that nothing that is written per message is shared by workers. Threads
// beyond the limit share the last slot, by atomic operations.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace instar {

class gate;

inline constexpr std::size_t thread_slot_limit = 128;

struct alignas(64) thread_slot {
  /// The gate whose module code this thread is inside; null: none. Sequentially
  /// consistent: the other half is gate::closed.
  std::atomic<const gate*> inside{nullptr};
  /// Counts activations; a change proves that an activation has ended.
  std::atomic<std::uint64_t> activations{0};
  /// The pid that it runs, packed; to name it where it does not get quiet.
  std::atomic<std::uint64_t> running{0};
  std::atomic<bool> taken{false};
};

using thread_slots = std::array<thread_slot, thread_slot_limit>;

/// All slots of this operating system process. Any thread.
thread_slots& all_thread_slots();

/// This thread's slot number. Any thread.
std::size_t this_thread_slot();

/// Whether this thread's slot is its own (else it is shared by the overflow).
bool owns_thread_slot();

}  // namespace instar
