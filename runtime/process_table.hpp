// All processes of a node, in a slab that is never unmapped: a pid finds its
// process by arithmetic, without a lock or a reference count.
#pragma once

#include "runtime/process.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace instar {

class process_table {
public:
  static constexpr std::size_t chunk_size = 1024;
  /// Four million processes.
  static constexpr std::size_t chunk_limit = 4096;

  process_table() = default;
  process_table(const process_table&) = delete;
  process_table& operator=(const process_table&) = delete;
  ~process_table();

  /// A slot with a new generation, not yet open for messages; null: full. Any
  /// thread.
  process* allocate();
  /// Gives back a slot whose process has ended. The thread that ran it.
  void free(process& ended);

  /// Null for a pid that no slot has had. The process may be dead or another
  /// one by now: push() and its generation tell. Any thread.
  process* find(pid of) const;
  /// As find, but null unless it is this very process and alive. Any thread.
  process* find_alive(pid of) const;

  std::size_t alive() const { return alive_.load(std::memory_order_relaxed); }
  /// Pids of all processes, now. Any thread.
  std::vector<pid> all() const;

private:
  std::array<std::atomic<process*>, chunk_limit> chunks_{};
  std::atomic<std::size_t> chunk_count_{0};
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> free_;
  std::atomic<std::size_t> alive_{0};
};

}  // namespace instar
