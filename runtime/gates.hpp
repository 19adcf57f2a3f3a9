// The gates of a node, one for each set of modules that some process has, and
// the attempt to close some of them. Gates are never freed while the node
// lives.
#pragma once

#include "runtime/gate.hpp"
#include "runtime/pid.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace instar {

class process;
class runtime;

class gates {
public:
  explicit gates(runtime& node) : node_(node) {}

  /// The gate of a set of modules; made closed where an attempt holds one of
  /// them. Any thread.
  gate& of(std::vector<std::string> modules);

  /// Closes every gate that has one of these modules; returns the attempt's
  /// number. One attempt at a time. The upgrade's thread, like all below.
  std::uint64_t close(const std::set<std::string>& modules);
  /// Whether nobody is inside any closed gate. Marks what may pass meanwhile.
  bool is_quiet();
  /// Who is not quiet: processes whose handlers wait, and whether some thread
  /// runs a handler.
  std::vector<pid> not_quiet() const;
  void open();
  /// Number of processes with messages held back.
  std::uint64_t held_count() const;

  /// The attempt under way; 0: none. Any thread.
  std::uint64_t attempt() const {
    return attempt_.load(std::memory_order_seq_cst);
  }
  /// Whether anybody may pass a closed gate now: somebody is not quiet, and not
  /// all have been found quiet yet. Any thread.
  bool may_pass() const {
    const auto now = attempt();
    return now != 0 && marked_.load(std::memory_order_seq_cst) == now &&
           !is_sealed_.load(std::memory_order_seq_cst);
  }
  /// Whether a call of this sender may. Any thread.
  bool may_pass(pid sender) const;
  /// A process begins to wait. The thread that runs it.
  void note_wait(process& waiting);

  std::vector<gate*> closed() const;

private:
  bool nobody_inside() const;
  void mark_waiting(bool again);
  void mark(process& first, std::uint64_t attempt, bool again);

  runtime& node_;
  mutable std::mutex mutex_;
  std::map<std::vector<std::string>, std::unique_ptr<gate>> gates_;
  std::set<std::string> closing_;
  std::atomic<std::uint64_t> attempt_{0};
  /// The last attempt in which some call may pass.
  std::atomic<std::uint64_t> marked_{0};
  /// Set when all have been found quiet: nobody passes from then on.
  std::atomic<bool> is_sealed_{false};
  std::uint64_t last_attempt_ = 0;
};

}  // namespace instar
