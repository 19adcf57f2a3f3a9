#include "runtime/gate.hpp"

#include "runtime/process.hpp"

#include <algorithm>

namespace instar {

bool gate::has_module(const std::string& name) const {
  return std::binary_search(modules.begin(), modules.end(), name);
}

std::vector<process*> gate::open() {
  const std::lock_guard lock(held_mutex_);
  closed_.store(false, std::memory_order_seq_cst);
  held_count_.store(0, std::memory_order_relaxed);
  for (process* p : held_)
    p->is_held_ = false;
  return std::exchange(held_, {});
}

bool gate::hold(process& waiting) {
  const std::lock_guard lock(held_mutex_);
  if (!closed_.load(std::memory_order_seq_cst))
    return false;
  if (!waiting.is_held_) {
    waiting.is_held_ = true;
    held_.push_back(&waiting);
    held_count_.fetch_add(1, std::memory_order_relaxed);
  }
  return true;
}

void gate::forget(process& gone) {
  const std::lock_guard lock(held_mutex_);
  if (!gone.is_held_)
    return;
  gone.is_held_ = false;
  std::erase(held_, &gone);
}

void gate::begin_wait(process& waiting) {
  const auto number =
      static_cast<std::uint8_t>(this_thread_slot() % shard_count);
  auto& here = shards_[number];
  waiting.wait_shard_ = number;
  const std::lock_guard lock(here.mutex);
  waiting.wait_previous_ = nullptr;
  waiting.wait_next_ = here.first;
  if (here.first != nullptr)
    here.first->wait_previous_ = &waiting;
  here.first = &waiting;
  here.starts.fetch_add(1, std::memory_order_seq_cst);
}

void gate::end_wait(process& waiting) {
  auto& here = shards_[waiting.wait_shard_];
  const std::lock_guard lock(here.mutex);
  if (waiting.wait_previous_ != nullptr) {
    waiting.wait_previous_->wait_next_ = waiting.wait_next_;
  } else {
    here.first = waiting.wait_next_;
  }
  if (waiting.wait_next_ != nullptr) {
    waiting.wait_next_->wait_previous_ = waiting.wait_previous_;
  }
  here.ends.fetch_add(1, std::memory_order_seq_cst);
}

std::uint64_t gate::wait_ends() const {
  std::uint64_t sum = 0;
  for (const auto& s : shards_)
    sum += s.ends.load(std::memory_order_seq_cst);
  return sum;
}

std::uint64_t gate::wait_starts() const {
  std::uint64_t sum = 0;
  for (const auto& s : shards_)
    sum += s.starts.load(std::memory_order_seq_cst);
  return sum;
}

std::vector<process*> gate::waiting() const {
  std::vector<process*> found;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.mutex);
    for (process* p = s.first; p != nullptr; p = p->wait_next_) {
      found.push_back(p);
    }
  }
  return found;
}

}  // namespace instar
