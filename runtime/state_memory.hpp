// Memory for a state: the runtime allocates it, the module constructs in it.
#pragma once

#include "module/type_node.hpp"

#include <new>

namespace instar {

inline void* allocate_state(const type_node& type) {
  return ::operator new (type.size, std::align_val_t{type.align});
}
inline void free_state(void* memory, const type_node& type) noexcept {
  ::operator delete (memory, type.size, std::align_val_t{type.align});
}
inline void destroy_typed_state(void* state, const type_node& type) noexcept {
  type.destroy(state);
  free_state(state, type);
}

}  // namespace instar
