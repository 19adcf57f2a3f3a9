// What others are to hear of a process's end. Taken from the process once, by the
// thread that runs it or, where it was killed inside a callback, by class zombies.
#pragma once

#include "runtime/exit_reason.hpp"
#include "runtime/message.hpp"
#include "runtime/pid.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace instar {

class runtime;

/// Whom a process knows, and who knows it.
struct relations {
  std::unordered_set<pid> links;
  /// Who monitors this process: their monitor's tag, and who.
  std::unordered_map<std::uint64_t, pid> monitored_by;
  /// What this process monitors.
  std::unordered_map<std::uint64_t, pid> monitors;
  /// Calls taken from the mailbox whose reply is still owed: tag and caller.
  std::unordered_map<std::uint64_t, pid> owed;
};

struct end_notice {
  pid who;
  exit_reason why;
  std::string name;
  /// The callback module.
  std::string module;
  /// Its child specification does not name its modules.
  bool is_dynamic = false;
  relations known;
  pid parent;
  bool is_linked_to_parent = false;
  /// The parent still waits for init; 0: it does not.
  std::uint64_t start_tag = 0;
  /// In the order of their arrival.
  std::vector<message_ptr> unread;
};

/// Tells all of them, frees the name, and has the node note it. Not while a lock of the process is held.
void tell(runtime& node, end_notice notice);

}  // namespace instar
