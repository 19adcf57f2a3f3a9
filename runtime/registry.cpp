#include "runtime/registry.hpp"

#include <algorithm>

namespace instar {

registry::shard& registry::of(std::string_view name) {
  return shards_[std::hash<std::string_view>{}(name) % shards_.size()];
}
const registry::shard& registry::of(std::string_view name) const {
  return shards_[std::hash<std::string_view>{}(name) % shards_.size()];
}

bool registry::add(const std::string& name, pid process) {
  auto& s = of(name);
  const std::lock_guard lock(s.mutex);
  return s.names.try_emplace(name, process).second;
}

void registry::remove(const std::string& name, pid process) {
  auto& s = of(name);
  const std::lock_guard lock(s.mutex);
  const auto found = s.names.find(name);
  if (found != s.names.end() && found->second == process) {
    s.names.erase(found);
  }
}

pid registry::find(std::string_view name) const {
  const auto& s = of(name);
  const std::lock_guard lock(s.mutex);
  const auto found = s.names.find(name);
  return found == s.names.end() ? pid{} : found->second;
}

std::vector<std::pair<std::string, pid>> registry::all() const {
  std::vector<std::pair<std::string, pid>> found;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.mutex);
    found.insert(found.end(), s.names.begin(), s.names.end());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace instar
