#include "runtime/process_table.hpp"

#include <memory>

namespace instar {

process_table::~process_table() {
  for (std::size_t i = 0; i < chunk_count_.load(); ++i) {
    delete[] chunks_[i].load();
  }
}

process* process_table::allocate() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    const auto number = chunk_count_.load(std::memory_order_relaxed);
    if (number == chunk_limit)
      return nullptr;
    auto* chunk = new process[chunk_size];
    for (std::size_t i = 0; i < chunk_size; ++i) {
      chunk[i].index_ = static_cast<std::uint32_t>(number * chunk_size + i);
    }
    chunks_[number].store(chunk, std::memory_order_release);
    chunk_count_.store(number + 1, std::memory_order_release);
    for (std::size_t i = chunk_size; i-- > 0;) {
      free_.push_back(static_cast<std::uint32_t>(number * chunk_size + i));
    }
  }
  const auto index = free_.back();
  free_.pop_back();
  auto& found = chunks_[index / chunk_size].load()[index % chunk_size];
  // Zero is "no pid" and is skipped when the number wraps.
  auto generation = found.generation_.load(std::memory_order_relaxed) + 1;
  if (generation == 0)
    generation = 1;
  found.generation_.store(generation, std::memory_order_release);
  alive_.fetch_add(1, std::memory_order_relaxed);
  return &found;
}

void process_table::free(process& ended) {
  ended.reset();
  alive_.fetch_sub(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  free_.push_back(ended.index_);
}

process* process_table::find(pid of) const {
  const std::size_t chunk = of.index / chunk_size;
  if (of.generation == 0 ||
      chunk >= chunk_count_.load(std::memory_order_acquire)) {
    return nullptr;
  }
  return &chunks_[chunk].load(std::memory_order_acquire)[of.index % chunk_size];
}

process* process_table::find_alive(pid of) const {
  auto* found = find(of);
  return found != nullptr && found->self() == of && found->is_alive() ? found
                                                                      : nullptr;
}

std::vector<pid> process_table::all() const {
  std::vector<pid> found;
  const auto chunks = chunk_count_.load(std::memory_order_acquire);
  for (std::size_t c = 0; c < chunks; ++c) {
    const auto* chunk = chunks_[c].load(std::memory_order_acquire);
    for (std::size_t i = 0; i < chunk_size; ++i) {
      if (chunk[i].is_alive())
        found.push_back(chunk[i].self());
    }
  }
  return found;
}

}  // namespace instar
