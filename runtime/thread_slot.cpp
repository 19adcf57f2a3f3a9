#include "runtime/thread_slot.hpp"

namespace instar {
namespace {

thread_slots slots;

struct slot_lease {
  std::size_t number = thread_slot_limit - 1;
  bool own = false;

  slot_lease() {
    for (std::size_t i = 0; i + 1 < thread_slot_limit; ++i) {
      bool expected = false;
      if (slots[i].taken.compare_exchange_strong(expected, true)) {
        number = i;
        own = true;
        return;
      }
    }
  }
  ~slot_lease() {
    if (own)
      slots[number].taken.store(false);
  }
};

slot_lease& lease() {
  thread_local slot_lease mine;
  return mine;
}

}  // namespace

thread_slots& all_thread_slots() {
  return slots;
}

std::size_t this_thread_slot() {
  return lease().number;
}

bool owns_thread_slot() {
  return lease().own;
}

}  // namespace instar
