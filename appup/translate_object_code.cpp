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
  reason why = reason::as_written;
  instruction_list also;
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
                       const written_instruction& origin, reason why) {
    const auto [found, is_new] = by_lib.emplace(code.lib, all.size());
    if (is_new) {
      all.push_back({{code.lib, code.vsn, {}}, &origin, {}, why, {}});
    } else if (const auto& first = all[found->second];
               first.result.vsn != code.vsn) {
      report(errors, errc::conflicting_versions,
             origin.where.with(origin.name_at),
             fmt::format("object code of {} is read in version {} here, in "
                         "version {} in line {}",
                         code.lib, code.vsn, first.result.vsn,
                         first.origin->where.at.line));
    }
    auto& into = all[found->second];
    into.lists.push_back(&code.modules);
    if (!is_new)
      into.also.push_back(&origin);
    if (why != reason::as_written)
      into.why = why;
  };
  for (const auto* one : work.before) {
    const auto& low = std::get<low_level>(one->what);
    if (const auto* code = std::get_if<load_object_code>(&low)) {
      add(*code, *one, reason::as_written);
    } else {
      rest.push_back(
          {low, one, reason::as_written, place::before_point_of_no_return});
    }
  }
  for (const auto& one : work.object_code) {
    add(std::get<load_object_code>(one.what), *one.origin, one.why);
  }
  for (auto& one : all) {
    one.result.modules = join(one.lists);
    work.before_placed.push_back({std::move(one.result), one.origin, one.why,
                                  place::with_object_code, nullptr,
                                  std::move(one.also)});
  }
  std::move(rest.begin(), rest.end(), std::back_inserter(work.before_placed));
}

}  // namespace instar::appup
