// How much memory the conversions of a batch may take for second states.
//
// Within a budget_scope every allocation of its thread is charged, whoever makes
// it: this library has the program's operator new, and modules come to it as
// everybody does. An allocation beyond the limit fails with std::bad_alloc, so
// that a conversion that goes wild ends itself and not the node.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace instar {

/// Whether this program's allocations come here. Not where it has an operator new
/// of its own: a sanitizer's, or another allocator's. Any thread.
bool are_allocations_charged();

/// Any thread.
class memory_budget {
public:
  /// 0: no limit.
  explicit memory_budget(std::size_t limit_bytes = 0)
      : limit_(static_cast<std::int64_t>(limit_bytes)) {}
  memory_budget(const memory_budget&) = delete;
  memory_budget& operator=(const memory_budget&) = delete;

  std::size_t limit_bytes() const { return static_cast<std::size_t>(limit_); }
  bool is_limited() const { return limit_ != 0; }
  /// Of all scopes that have ended, what is still allocated; a little off while
  /// others are open.
  std::int64_t used_bytes() const {
    return used_.load(std::memory_order_relaxed);
  }

private:
  friend class budget_scope;
  std::int64_t limit_;
  std::atomic<std::int64_t> used_{0};
};

/// From here on the thread's allocations are charged. Scopes nest; only the
/// innermost is charged. One thread.
class budget_scope {
public:
  /// Null, or no limit: nothing is charged.
  explicit budget_scope(memory_budget* charged);
  budget_scope(const budget_scope&) = delete;
  budget_scope& operator=(const budget_scope&) = delete;
  ~budget_scope();

  /// Whether anything was charged to it, or credited.
  bool is_touched() const { return open_ != 0; }
  /// Whether an allocation has failed for it.
  bool is_exceeded() const { return is_exceeded_; }

  // ---- for operator new and delete

  /// False: it may not be.
  bool charge(std::size_t bytes);
  void credit(std::size_t bytes) { open_ -= static_cast<std::int64_t>(bytes); }

private:
  memory_budget* charged_;
  budget_scope* outer_;
  std::int64_t open_ = 0;
  bool is_exceeded_ = false;
};

}  // namespace instar
