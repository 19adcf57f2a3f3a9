#include "appup/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace instar::appup {
namespace {

// All that is read of one application.
struct merged {
  load_object_code result;
  const written_instruction* origin = nullptr;
  std::vector<const std::vector<std::string>*> lists;
};

// A module stands at its last mention; one that is twice in one list stays so
// (OTP's right fold of an ordered union).
std::vector<std::string> join(
    const std::vector<const std::vector<std::string>*>& lists) {
  std::vector<std::string> backwards;
  std::unordered_set<std::string_view> seen;
  for (auto list = lists.rbegin(); list != lists.rend(); ++list) {
    const auto start = backwards.size();
    for (auto module = (*list)->rbegin(); module != (*list)->rend(); ++module) {
      if (!seen.contains(*module))
        backwards.push_back(*module);
    }
    if (backwards.size() != start) {
      for (const auto& module : **list)
        seen.insert(module);
    }
  }
  std::reverse(backwards.begin(), backwards.end());
  return backwards;
}

}  // namespace

void merge_object_code(translation& work, diagnostics& errors) {
  std::vector<placed_instruction> rest;
  std::vector<merged> all;
  std::unordered_map<std::string_view, std::size_t> by_lib;
  const auto add = [&](const load_object_code& code,
                       const written_instruction& origin) {
    const auto [found, is_new] = by_lib.emplace(code.lib, all.size());
    if (is_new) {
      all.push_back({{code.lib, code.vsn, {}}, &origin, {}});
    } else if (const auto& first = all[found->second];
               first.result.vsn != code.vsn) {
      report(errors, errc::conflicting_versions,
             origin.where.with(origin.name_at),
             fmt::format("object code of {} is read in version {} here, in "
                         "version {} in line {}",
                         code.lib, code.vsn, first.result.vsn,
                         first.origin->where.at.line));
    }
    all[found->second].lists.push_back(&code.modules);
  };
  for (const auto* one : work.before) {
    const auto& low = std::get<low_level>(one->what);
    if (const auto* code = std::get_if<load_object_code>(&low)) {
      add(*code, *one);
    } else {
      rest.push_back({low, one});
    }
  }
  for (const auto& one : work.object_code) {
    add(std::get<load_object_code>(one.what), *one.origin);
  }
  for (auto& one : all) {
    one.result.modules = join(one.lists);
    work.before_placed.push_back({std::move(one.result), one.origin});
  }
  std::move(rest.begin(), rest.end(), std::back_inserter(work.before_placed));
}

}  // namespace instar::appup
