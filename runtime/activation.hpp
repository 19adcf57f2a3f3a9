// What the current thread is running: which process, of which node, seeing
// which export table. Set for the time of an activation.
#pragma once

#include "runtime/gate.hpp"

#include <optional>

namespace instar {

class process;
class runtime;
struct export_table;

class activation {
public:
  explicit activation(process& running);
  activation(const activation&) = delete;
  activation& operator=(const activation&) = delete;
  ~activation();

  process& self;
  /// What external calls of this activation go through; null before user code.
  const export_table* exports = nullptr;

  /// Publishes the gate that the process is inside; once per activation.
  void enter();
  /// Reads the export table without a gate: a conversion has claimed its process.
  void see_exports();
  /// Takes it back: the process is held there.
  void leave();

private:
  activation* outer_;
  runtime& node_;
  /// The process's, as it was when this entered.
  const gate* gate_;
  std::optional<gate_entry> entry_;
};

/// Null outside of any process. This thread only.
activation* current_activation();

/// The process that runs this code. Aborts outside of one: our bug or a
/// module's static initialiser.
process& current_process();

}  // namespace instar
