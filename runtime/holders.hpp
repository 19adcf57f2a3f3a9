// Who keeps old code mapped, and with what: for the texts of a refused purge, and
// as a check of the use counters. As Erlang's check_process_code, for all.
#pragma once

#include "runtime/pid.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace instar {

class instance;
class runtime;

/// What one process has of an instance. Counts are of messages.
struct code_uses {
  bool has_state = false;
  bool has_prepared_state = false;
  std::size_t queued = 0;
  /// The first queued one's type.
  std::string message;
  bool handles_message = false;
  bool awaits_reply = false;

  std::size_t messages() const {
    return queued + (handles_message ? 1 : 0) + (awaits_reply ? 1 : 0);
  }
  bool any() const {
    return has_state || has_prepared_state || messages() != 0;
  }
};

struct code_holder {
  /// Null: no process (a timer, an answer on its way to the outside).
  pid process;
  /// Its registered name; empty: none.
  std::string name;
  /// `its state`, `2 messages (kv.get)`.
  std::vector<std::string> holds;
};
/// `0.12.0 kv_shard_3 (its state, 2 messages (kv.get))`
std::string to_string(const code_holder& one);
/// The first `most`, and how many more.
std::string to_string(const std::vector<code_holder>& all,
                      std::size_t most = 10);

enum class search_depth {
  counted,  ///< looks into mailboxes only where the counters say that it pays
  full,     ///< looks everywhere
};

/// Empty where nothing is found. Processes are looked at while nobody runs them;
/// one that runs all the time is named for its state alone. Not from a worker.
std::vector<code_holder> find_holders(runtime& node, instance& code,
                                      search_depth depth);

/// Whether the process has a state, a message or a waiting handler of old code
/// of that module. As Erlang's check_process_code/2. Not from a worker. False
/// where there is no such process.
bool check_process_code(runtime& node, pid process, const std::string& module);

}  // namespace instar
