#include "appup/reader.hpp"
#include "appup/translation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::appup {
namespace {

template <class Low>
const Low* as(const written_instruction& one) {
  const auto* low = std::get_if<low_level>(&one.what);
  return low == nullptr ? nullptr : std::get_if<Low>(low);
}

bool is_object_code(const written_instruction& one) {
  if (const auto* bad = std::get_if<malformed>(&one.what)) {
    return bad->is_load_object_code;
  }
  return as<load_object_code>(one) != nullptr;
}

bool may_precede(const written_instruction& one) {
  if (const auto* bad = std::get_if<malformed>(&one.what)) {
    return bad->may_precede_point_of_no_return;
  }
  return is_object_code(one) || as<apply>(one) != nullptr;
}

std::string name_of(const written_instruction& one) {
  if (const auto* high = std::get_if<high_level>(&one.what)) {
    return keyword(*high);
  }
  if (const auto* low = std::get_if<low_level>(&one.what)) {
    return keyword(*low);
  }
  return "an instruction";
}

}  // namespace

void split_scripts(translation& work, diagnostics& errors) {
  for (const auto& each : work.scripts) {
    const auto& list = each.instructions;
    const auto is_point = [](const written_instruction* one) {
      return as<point_of_no_return>(*one) != nullptr;
    };
    const auto point = std::find_if(list.begin(), list.end(), is_point);
    auto after = list.begin();
    if (point != list.end()) {
      after = point + 1;
      work.points.push_back(*point);
      for (auto again = std::find_if(after, list.end(), is_point);
           again != list.end();
           again = std::find_if(again + 1, list.end(), is_point)) {
        report(
            errors, errc::too_many_point_of_no_return, (*again)->where,
            fmt::format("a second point_of_no_return; the first is in line {}",
                        (*point)->where.at.line));
      }
      for (auto at = list.begin(); at != point; ++at) {
        if (may_precede(**at)) {
          work.before.push_back(*at);
          continue;
        }
        work.after.push_back(*at);
        report(
            errors, errc::bad_op_before_point_of_no_return, (*at)->where,
            fmt::format("{} stands before the point of no return, where only "
                        "load_object_code and apply may stand",
                        name_of(**at)));
      }
    }
    for (; after != list.end(); ++after) {
      auto& part = is_object_code(**after) ? work.before : work.after;
      part.push_back(*after);
    }
  }
}

void check_syntax(translation& work, diagnostics& errors) {
  for (auto* part : {&work.before, &work.after}) {
    const auto taken = std::erase_if(*part, [&](const auto* one) {
      const auto* bad = std::get_if<malformed>(&one->what);
      if (bad != nullptr)
        errors.insert(errors.end(), bad->errors.begin(), bad->errors.end());
      return bad != nullptr;
    });
    if (taken > 0)
      work.is_partial = true;
  }
}

}  // namespace instar::appup
