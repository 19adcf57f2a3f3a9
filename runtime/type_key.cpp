#include "runtime/type_key.hpp"

#include "module/type_walk.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace instar {

const type_key& intern(const type_node& type) {
  static std::mutex mutex;
  static std::deque<type_key> keys;
  static std::map<std::pair<std::string, std::string>, const type_key*> index;

  auto layout = layout_text(type);
  const std::lock_guard lock(mutex);
  const auto id = static_cast<std::uint32_t>(keys.size());
  auto [at, is_new] = index.try_emplace({type.name, layout}, nullptr);
  if (is_new) {
    keys.push_back({id, type.name, std::move(layout)});
    at->second = &keys.back();
  }
  return *at->second;
}

}  // namespace instar
