// Who is in the way of an upgrade: processes inside a handler, and zombies.
#pragma once

#include "base/clock.hpp"
#include "runtime/pid.hpp"
#include "runtime/upgrade_limits.hpp"

#include <string>
#include <vector>

namespace instar {

class runtime;

/// A process that is not quiet, as another thread sees it.
struct blocker {
  pid process;
  /// Its registered name; empty: none.
  std::string name;
  std::string module;
  /// The type of the message that it handles; empty: it is in init or terminate, or
  /// in no callback at all.
  std::string message;
  bool is_in_callback = false;
  /// Whom its handler waits for; null: nobody, it runs.
  pid waiting_for;
  /// It is a special process whose loop waits, for messages that do not come.
  bool is_receiving = false;
  /// For how long it has handled that, to within about 50 ms.
  duration since{};
  /// Those that its child specification names; its own need not be among them.
  std::vector<std::string> modules{};
  /// What it asks for itself.
  upgrade_limits limits{};
};
/// `kv_shard_3 (0.12.0) inside a handler of kv.get`,
/// `(0.12.0) waiting for 0.5.1 in a handler of kv.get`
std::string to_string(const blocker& one);

/// What `who` does; without name and module where it has ended. Any thread.
blocker look_at(runtime& node, pid who);
/// All that are inside a handler now. Any thread.
std::vector<blocker> all_not_quiet(runtime& node);

}  // namespace instar
