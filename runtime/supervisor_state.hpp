// What a supervisor knows of its children. The runtime's own state: a module
// gives only the specification.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/child_spec.hpp"
#include "runtime/pid.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace instar {

struct supervised_child {
  child_spec spec;
  pid process;  // null: not running
  bool is_restarting = false;
  /// By the module; false: by start_child.
  bool is_specified = true;
};

struct supervisor_state {
  supervisor_spec flags;  // its `children` are moved into the lists below
  /// In the order of their start; for simple_one_for_one the one template.
  std::vector<supervised_child> children;
  /// simple_one_for_one: each child and its own arguments.
  std::unordered_map<pid, value> dynamic_children;
  std::deque<steady_time> restarts;

  bool is_simple() const {
    return flags.strategy == restart_strategy::simple_one_for_one;
  }
  supervised_child* find(const std::string& id);
  supervised_child* find(pid process);
};

/// Whether a supervisor with these flags may have such a child. Errors:
/// bad_child_spec.
result<> check_child_spec(const supervisor_spec& flags,
                          const child_spec& child);

/// A state without running children. Errors: bad_child_spec.
result<supervisor_state> make_supervisor_state(supervisor_spec spec);

/// Takes the running children of an older state over: same id, same process,
/// under the new specification; children without a new one are kept, as in OTP.
void take_over_children(supervisor_state& to, supervisor_state& from);

/// The shutdown time in force; `shutdown_infinity` or `shutdown_brutal_kill` or
/// milliseconds.
std::int64_t shutdown_of(const child_spec& spec);

/// The arguments of a dynamic child: an object's keys are laid over the
/// template's, anything else replaces them; null leaves them.
value merged_args(const value& from_template, const value& own);

}  // namespace instar
