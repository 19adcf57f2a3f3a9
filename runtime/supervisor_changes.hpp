// What an upgrade of a supervisor's module makes of its children: the
// specifications that it has and those that the new init gives, compared.
//
// The upgrade itself puts the new specifications in force, as OTP's does; whom it
// adds is not started by it, and whom it drops runs on. Both is for the caller,
// when the gates are open again.
#pragma once

#include "base/result.hpp"
#include "runtime/child_spec.hpp"
#include "runtime/pid.hpp"

#include <string>
#include <vector>

namespace instar {

class instance;
class process;
class runtime;

enum class child_difference { added, removed, changed };

struct child_change {
  pid supervisor;
  /// Registered as; may be empty.
  std::string supervisor_name;
  child_difference what = child_difference::added;
  std::string id;
  /// changed: which fields of its specification.
  std::vector<std::string> fields;
  /// Runs, before the upgrade.
  bool is_running = false;
  child_spec before;  // removed, changed
  child_spec after;   // added, changed
};

/// Of every supervisor that runs `from`: first who is removed, the last one
/// first, then who is added, in the order of their start, then who is changed.
/// Children of start_child are no part of it. Not from a worker. Errors:
/// bad_child_spec (one kind of supervisor cannot become the other while it has
/// children), init_failed, timeout.
result<std::vector<child_change>> child_changes(runtime& node, instance& from,
                                                instance& to);

}  // namespace instar
