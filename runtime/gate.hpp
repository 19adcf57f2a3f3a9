// The gate of a set of modules: where processes wait while their code changes.
//
// A thread that runs a process's messages publishes the gate it is inside, then
// looks whether the gate is closed, before each message; whoever closes the
// gate stores `closed`, then looks who is inside. All four are sequentially
// consistent: with anything weaker a callback can run after the closer has seen
// nobody. Handlers that wait (coroutines) are inside without a thread; they are
// counted by their starts and ends. Quiet means: read all ends, then see no
// thread inside, then read all starts, and the two counts are equal.
#pragma once

#include "runtime/thread_slot.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace instar {

class process;

class gate {
public:
  explicit gate(std::vector<std::string> of) : modules(std::move(of)) {}
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  /// Sorted; never changes.
  const std::vector<std::string> modules;

  /// Any thread.
  bool is_closed() const { return closed_.load(std::memory_order_seq_cst); }
  bool has_module(const std::string& name) const;

  /// The upgrade's thread.
  void close() { closed_.store(true, std::memory_order_seq_cst); }
  /// Opens and returns who waits there. The upgrade's thread.
  std::vector<process*> open();

  /// Notes that `waiting` has messages and found the gate closed; false where
  /// it has opened meanwhile. The thread that runs the process.
  bool hold(process& waiting);

  /// A process that ends while it is held. The thread that runs it.
  void forget(process& gone);

  /// A handler of `waiting` is about to wait, or has ended after it waited. The
  /// thread that runs the process, inside the gate.
  void begin_wait(process& waiting);
  void end_wait(process& waiting);

  /// The sum over all threads.
  std::uint64_t wait_ends() const;
  std::uint64_t wait_starts() const;
  /// Processes whose handlers wait, now. Any thread; the processes may go on
  /// meanwhile, so only their atomic members may be read.
  std::vector<process*> waiting() const;

  std::uint64_t held_count() const {
    return held_count_.load(std::memory_order_relaxed);
  }

private:
  static constexpr std::size_t shard_count = 16;
  struct alignas(64) shard {
    mutable std::mutex mutex;
    process* first = nullptr;
    std::atomic<std::uint64_t> starts{0};
    std::atomic<std::uint64_t> ends{0};
  };

  std::atomic<bool> closed_{false};
  std::mutex held_mutex_;
  std::vector<process*> held_;
  std::atomic<std::uint64_t> held_count_{0};
  std::array<shard, shard_count> shards_;
};

/// Publishes that this thread is inside a gate, for one activation.
class gate_entry {
public:
  gate_entry(const gate& entered, std::uint64_t running)
      : slot_(all_thread_slots()[this_thread_slot()]) {
    outer_ = slot_.inside.load(std::memory_order_relaxed);
    outer_running_ = slot_.running.load(std::memory_order_relaxed);
    // First who, then where: gates::nobody_inside reads them the other way round.
    slot_.running.store(running, std::memory_order_release);
    slot_.inside.store(&entered, std::memory_order_seq_cst);
  }
  gate_entry(const gate_entry&) = delete;
  gate_entry& operator=(const gate_entry&) = delete;
  ~gate_entry() {
    slot_.activations.store(
        slot_.activations.load(std::memory_order_relaxed) + 1,
        std::memory_order_release);
    slot_.running.store(outer_running_, std::memory_order_release);
    slot_.inside.store(outer_, std::memory_order_seq_cst);
  }

private:
  thread_slot& slot_;
  const gate* outer_;
  std::uint64_t outer_running_;
};

}  // namespace instar
