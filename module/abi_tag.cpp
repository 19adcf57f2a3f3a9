#include "module/module_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace instar::module_file::detail {
namespace {

/// `k=v;k=v` as a map.
std::map<std::string, std::string> keys_of(std::string_view tag) {
  std::map<std::string, std::string> keys;
  while (!tag.empty()) {
    const auto part = tag.substr(0, tag.find(';'));
    tag.remove_prefix(std::min(tag.size(), part.size() + 1));
    const auto equal = part.find('=');
    if (equal == std::string_view::npos) {
      keys[std::string(part)];
    } else {
      keys[std::string(part.substr(0, equal))] = part.substr(equal + 1);
    }
  }
  return keys;
}

struct abi_key {
  const char* key;
  const char* meaning;
  const char* remedy;
};
constexpr std::array<abi_key, 5> abi_keys = {{
    {"rt", "the version of instar's module interface",
     "build the module with the headers of the runtime that loads it"},
    {"stl", "the standard library",
     "build both with one standard library and the same "
     "_GLIBCXX_USE_CXX11_ABI and _GLIBCXX_DEBUG"},
    {"san", "the sanitizer", "build both with the same INSTAR_SANITIZE"},
    {"exc", "exceptions", "build the module without -fno-exceptions"},
    {"rtti", "type information", "build the module without -fno-rtti"},
}};

}  // namespace

std::vector<std::string> abi_differences(std::string_view tag,
                                         std::string_view want) {
  const auto hard = tag.substr(0, tag.find('|'));
  std::vector<std::string> texts;
  if (hard == want)
    return texts;
  auto have_keys = keys_of(hard);
  auto want_keys = keys_of(want);
  for (const auto& [key, meaning, remedy] : abi_keys) {
    const auto& have = have_keys[key];
    if (have == want_keys[key])
      continue;
    texts.push_back(
        fmt::format("{} ({}) is \"{}\" in the module but \"{}\" "
                    "here: {}",
                    key, meaning, have, want_keys[key], remedy));
  }
  if (texts.empty()) {
    texts.push_back(
        fmt::format("its tag is \"{}\" but \"{}\" is needed: build the module "
                    "with the headers of the runtime that loads it",
                    hard, want));
  }
  return texts;
}

}  // namespace instar::module_file::detail
