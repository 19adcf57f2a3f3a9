// One loaded copy of a module, and everything that may point into it.
//
// Life: loaded (next) -> current -> old -> unloaded. It may be unloaded only
// when nothing uses it: no box, no message, no handle; `uses` counts those that
// are not in the list of processes.
#pragma once

#include "module/descriptor.hpp"
#include "runtime/use_counter.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace instar {

class box;
class transition;
struct handler_entry;

class instance {
public:
  explicit instance(const module_descriptor& about) : descriptor(about) {}
  instance(const instance&) = delete;
  instance& operator=(const instance&) = delete;

  const module_descriptor& descriptor;
  std::string name;
  std::string vsn;
  std::string build_id;
  /// The private copy on disk that is mapped; empty for a built-in module.
  std::string file;
  /// Where the file came from.
  std::string origin;
  void* handle = nullptr;
  std::uintptr_t load_address = 0;

  /// Messages and pins. Any thread.
  use_counter uses;

  /// What an upgrade is making of this instance's boxes; null at rest. Read
  /// once per activation by every process that owns a box of it.
  std::atomic<transition*> change{nullptr};

  /// By type key: the handler of a message kind, or null.
  const handler_entry* handler(std::uint32_t key, std::size_t kind) const {
    return key < handlers_.size() ? handlers_[key][kind] : nullptr;
  }
  void add_handler(std::uint32_t key, std::size_t kind,
                   const handler_entry* entry) {
    if (key >= handlers_.size())
      handlers_.resize(key + 1);
    handlers_[key][kind] = entry;
  }

  /// The boxes that this instance owns, a list under `mutex`.
  std::mutex mutex;
  box* first_box = nullptr;
  std::atomic<std::size_t> box_count{0};

private:
  struct by_kind {
    const handler_entry* entries[4] = {};
    const handler_entry*& operator[](std::size_t kind) { return entries[kind]; }
    const handler_entry* operator[](std::size_t kind) const {
      return entries[kind];
    }
  };
  std::vector<by_kind> handlers_;
};

/// Keeps an instance mapped while a reference to something in it is held
/// outside of any process. Any thread.
class instance_pin {
public:
  instance_pin() = default;
  explicit instance_pin(instance* held) : held_(held) {
    if (held_ != nullptr)
      held_->uses.add(1);
  }
  instance_pin(instance_pin&& other) noexcept : held_(other.held_) {
    other.held_ = nullptr;
  }
  instance_pin& operator=(instance_pin&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~instance_pin() {
    if (held_ != nullptr)
      held_->uses.add(-1);
  }
  instance* get() const { return held_; }

private:
  instance* held_ = nullptr;
};

}  // namespace instar
