// A box: a native C++ state, the instance whose code owns it, and, during an
// upgrade, the state that was prepared beside it.
//
// A conversion never changes the old state; the box changes owner when its
// process adopts the prepared state after the commit, or when it is re-owned
// because the two layouts are equal.
#pragma once

#include "module/type_node.hpp"

namespace instar {

class instance;
class process;
class transition;

class box {
public:
  void* state = nullptr;
  /// The owner's node for the state; null for a state of the runtime's own.
  const type_node* type = nullptr;
  instance* owner = nullptr;

  /// Made by a conversion; not true before `prepared_by` has committed.
  void* prepared_state = nullptr;
  const type_node* prepared_type = nullptr;
  transition* prepared_by = nullptr;

  process* holder = nullptr;
  /// Of a zombie: no longer in the owner's list, but a use of it.
  bool is_pinned = false;
  /// The list of the owner's boxes, under instance::mutex.
  box* previous = nullptr;
  box* next = nullptr;
};

/// Puts a box with an owner into the owner's list, and into its upgrade's list
/// where one is under way. The thread that runs the holder.
void attach(box& made);
/// Takes it out again; the owner may be unloaded from then on.
void detach(box& gone);

}  // namespace instar
