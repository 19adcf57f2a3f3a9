// What a batch does to the boxes of one instance: convert them, or re-own them.
//
// While a batch is pending, `instance::change` of the old instance points here.
// A process that looks its box up sees it: before the commit a prepared state
// is dropped where the old one may be written; after the commit it is adopted.
#pragma once

#include "base/clock.hpp"
#include "module/change.hpp"
#include "module/descriptor.hpp"
#include "runtime/pid.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace instar {

class instance;
class memory_budget;

enum class batch_state { pending, committed, undone };

class transition {
public:
  enum class how { reown, convert };

  transition(instance& old_code, instance& new_code, how goes_over, change what,
             const std::atomic<batch_state>& of_batch)
      : from(old_code),
        to(new_code),
        kind(goes_over),
        about(std::move(what)),
        state(of_batch) {}
  transition(const transition&) = delete;
  transition& operator=(const transition&) = delete;

  instance& from;
  instance& to;
  const how kind;
  /// The code that converts; null for a supervisor, whose callback is init.
  const state_conversion* conversion = nullptr;
  const change about;
  const std::atomic<batch_state>& state;

  /// Its conversion is called once, behind the closed gate.
  bool has_effects() const {
    return conversion != nullptr && conversion->has_effects;
  }

  /// For one conversion, where the process itself says nothing.
  duration convert_timeout = std::chrono::seconds(5);

  /// What second states are charged to; null: to none.
  memory_budget* budget = nullptr;

  /// Prepared states that are neither adopted nor dropped.
  std::atomic<std::int64_t> prepared_count{0};

  /// A process whose box is to be converted (again) before the commit. Any
  /// thread.
  void add_unprepared(pid process) {
    const std::lock_guard lock(mutex_);
    unprepared_.push_back(process);
  }
  std::vector<pid> take_unprepared() {
    const std::lock_guard lock(mutex_);
    return std::exchange(unprepared_, {});
  }

private:
  std::mutex mutex_;
  std::vector<pid> unprepared_;
};

}  // namespace instar
