// The identity of a message type, across modules and versions: its declared
// name and its layout, interned. Never a type_info: two versions' types of one
// name would be taken for one another.
#pragma once

#include "module/type_of.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace instar {

struct type_key {
  std::uint32_t id;
  /// `kv.get`
  std::string name;
  /// As layout_text().
  std::string layout;
};

/// The key of a type; the same for every module that declares it equally. Keys
/// are never freed. Any thread.
const type_key& intern(const type_node& type);

/// The key of T, looked up once per module.
template <class T>
const type_key& key_of() {
  static constinit std::atomic<const type_key*> known{nullptr};
  const auto* key = known.load(std::memory_order_acquire);
  if (key == nullptr) {
    key = &intern(type_of<T>());
    known.store(key, std::memory_order_release);
  }
  return *key;
}

}  // namespace instar
