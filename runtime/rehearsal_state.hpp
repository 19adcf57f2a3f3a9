// What is rehearsed, one state's rehearsal, and what comes of all of them. Private
// to rehearsal.
#pragma once

#include "runtime/instance.hpp"
#include "runtime/rehearsal.hpp"
#include "runtime/transition.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace instar {

class box;
class process;

/// A module of a batch whose states are converted.
struct rehearsed_module {
  std::size_t batch = 0;
  std::unique_ptr<transition> up;
  /// Null: there is no way back, or none that is more than another owner.
  std::unique_ptr<transition> down;
  /// For one conversion, where the process itself says nothing.
  duration convert_timeout{};
  /// Whether a state that has gone up and down can be compared with the first.
  bool is_comparable = false;
};

/// What becomes of the states of one module that runs, batch after batch.
struct rehearsed_chain {
  struct link {
    instance* to = nullptr;
    /// The conversion, in the plan's modules; none: they only change their owner.
    std::optional<std::size_t> module;
  };
  /// Whose states they are.
  instance* from = nullptr;
  std::vector<link> links;
  /// The plan's modules among the links.
  std::vector<std::size_t> modules;
};

/// Kept by conversions that never return.
struct rehearsal_plan {
  std::atomic<batch_state> state{batch_state::pending};
  std::vector<rehearsed_module> modules;
  std::vector<rehearsed_chain> chains;
  /// The code must stay while it converts.
  std::vector<instance_pin> pins;
  rehearsal_options options;

  duration longest_limit() const;
};

/// Errors: layout_mismatch.
result<std::shared_ptr<rehearsal_plan>> plan_rehearsal(
    runtime& node, const rehearsal_batches& batches,
    const rehearsal_options& options);

/// Where a rehearsal went wrong.
enum class rehearsal_step : std::uint8_t { none, up, down, round_trip };

struct state_rehearsal {
  rehearsal_step fault = rehearsal_step::none;
  bool went_up = false;
  bool went_down = false;
  bool was_compared = false;
  duration up{};
  duration down{};
  std::int64_t bytes = 0;
  std::string why;
};

/// What is done with one state's way, conversion by conversion; both with the number
/// of the plan's module.
struct rehearsal_steps {
  std::function<void(std::size_t module)> begin;
  std::function<void(std::size_t module, const state_rehearsal&)> end;
};

/// As far as it goes: a conversion that fails or has effects is the last. The thread
/// that runs or has claimed the process; module code.
void rehearse_state(process& self, const box& old, const rehearsed_chain& by,
                    const rehearsal_plan& plan, const rehearsal_steps& steps);

/// What a conversion of that process may take.
duration limit_of(const process& self, const rehearsed_module& by);

/// Any thread.
class rehearsal_tally {
public:
  rehearsal_tally(const rehearsal_plan& plan, bool isolated);

  void add_process(const rehearsed_chain& of) {
    for (const auto module : of.modules)
      count(module).processes += 1;
  }
  void add_busy(const rehearsed_chain& of) {
    for (const auto module : of.modules)
      count(module).busy += 1;
  }
  void add(std::size_t module, pid process, const std::string& name,
           const state_rehearsal& went);
  void set_pause(duration pause) { report_.pause = pause; }
  rehearsal_report finish();

private:
  struct times {
    std::vector<duration> up;
    std::vector<duration> down;
  };
  module_rehearsal& count(std::size_t module) {
    return report_.modules[module];
  }

  std::mutex mutex_;
  rehearsal_report report_;
  std::vector<times> times_;
};

}  // namespace instar
