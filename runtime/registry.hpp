// Registered names. As erlang:register/2 and whereis/1.
#pragma once

#include "runtime/pid.hpp"

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instar {

/// Any thread.
class registry {
public:
  /// False where the name is taken.
  bool add(const std::string& name, pid of);
  /// Only while it names `of`.
  void remove(const std::string& name, pid of);
  /// Null where nobody has it.
  pid find(std::string_view name) const;
  std::vector<std::pair<std::string, pid>> all() const;

private:
  struct shard {
    mutable std::mutex mutex;
    std::map<std::string, pid, std::less<>> names;
  };
  shard& of(std::string_view name);
  const shard& of(std::string_view name) const;

  std::array<shard, 16> shards_;
};

}  // namespace instar
