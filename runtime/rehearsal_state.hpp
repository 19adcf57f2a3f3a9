// What is rehearsed, one state's rehearsal, and what comes of all of them. Private
// to rehearsal.
#pragma once

#include "runtime/instance.hpp"
#include "runtime/rehearsal.hpp"
#include "runtime/transition.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace instar {

class box;
class process;

/// A module of the batch whose states are converted.
struct rehearsed_module {
  std::unique_ptr<transition> up;
  /// Null: there is no way back, or none that is more than another owner.
  std::unique_ptr<transition> down;
  /// For one conversion, where the process itself says nothing.
  duration convert_timeout{};
  /// Whether a state that has gone up and down can be compared with the first.
  bool is_comparable = false;
  /// The code must stay while it is converted.
  instance_pin from_pin;
  instance_pin to_pin;
};

/// Kept by conversions that never return.
struct rehearsal_plan {
  std::atomic<batch_state> state{batch_state::pending};
  std::vector<rehearsed_module> modules;
  rehearsal_options options;
};

std::shared_ptr<rehearsal_plan> plan_rehearsal(
    runtime& node, const std::vector<module_upgrade>& modules,
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

/// The thread that runs or has claimed the process; module code.
state_rehearsal rehearse_state(process& self, const box& old,
                               const rehearsed_module& by,
                               const rehearsal_options& options);

/// Any thread.
class rehearsal_tally {
public:
  rehearsal_tally(const rehearsal_plan& plan, bool isolated);

  void add_process(std::size_t module) { count(module).processes += 1; }
  void add_busy(std::size_t module) { count(module).busy += 1; }
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
