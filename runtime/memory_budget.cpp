// The scopes, and operator new and delete. The latter are malloc and free, with
// one look at a thread-local pointer.
#include "runtime/memory_budget.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace instar {
namespace {

// This library is there from the program's start, so a thread finds it without a
// call.
__attribute__((tls_model(
    "initial-exec"))) thread_local constinit budget_scope* innermost = nullptr;

/// What a thread may have charged to itself alone.
constexpr std::int64_t most_open_bytes = 64 << 10;

void* allocated(void* made) {
  if (innermost == nullptr)
    return made;
  if (innermost->charge(::malloc_usable_size(made)))
    return made;
  std::free(made);
  throw std::bad_alloc();
}

void* allocate(std::size_t size) {
  for (;;) {
    if (void* made = std::malloc(size == 0 ? 1 : size))
      return allocated(made);
    const auto handler = std::get_new_handler();
    if (handler == nullptr)
      throw std::bad_alloc();
    handler();
  }
}

void* allocate(std::size_t size, std::size_t alignment) {
  for (;;) {
    void* made = nullptr;
    if (alignment < sizeof(void*))
      alignment = sizeof(void*);
    if (::posix_memalign(&made, alignment, size == 0 ? 1 : size) == 0)
      return allocated(made);
    const auto handler = std::get_new_handler();
    if (handler == nullptr)
      throw std::bad_alloc();
    handler();
  }
}

void give_back(void* gone) {
  if (innermost != nullptr && gone != nullptr)
    innermost->credit(::malloc_usable_size(gone));
  std::free(gone);
}

}  // namespace

bool are_allocations_charged() {
  static const bool are_charged = [] {
    memory_budget budget(1 << 20);
    const budget_scope charged(&budget);
    void* made = ::operator new(64);
    const bool is_seen = charged.is_touched();
    ::operator delete(made);
    return is_seen;
  }();
  return are_charged;
}

budget_scope::budget_scope(memory_budget* charged)
    : charged_(charged != nullptr && charged->is_limited() ? charged : nullptr),
      outer_(innermost) {
  if (charged_ != nullptr)
    innermost = this;
}

budget_scope::~budget_scope() {
  if (charged_ == nullptr)
    return;
  innermost = outer_;
  charged_->used_.fetch_add(open_, std::memory_order_relaxed);
}

bool budget_scope::charge(std::size_t bytes) {
  const auto more = static_cast<std::int64_t>(bytes);
  const auto used = charged_->used_.load(std::memory_order_relaxed);
  if (more > charged_->limit_ || used + open_ > charged_->limit_ - more) {
    is_exceeded_ = true;
    return false;
  }
  open_ += more;
  if (open_ > most_open_bytes) {
    charged_->used_.fetch_add(open_, std::memory_order_relaxed);
    open_ = 0;
  }
  return true;
}

}  // namespace instar

// The other forms of the standard come to these.

void* operator new(std::size_t size) {
  return instar::allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return instar::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* gone) noexcept {
  instar::give_back(gone);
}
void operator delete(void* gone, std::size_t) noexcept {
  instar::give_back(gone);
}
void operator delete(void* gone, std::align_val_t) noexcept {
  instar::give_back(gone);
}
void operator delete(void* gone, std::size_t, std::align_val_t) noexcept {
  instar::give_back(gone);
}
