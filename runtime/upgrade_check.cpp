#include "runtime/upgrade_check.hpp"

#include "module/type_carry.hpp"
#include "module/type_walk.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"

#include <fmt/format.h>

namespace instar {
namespace {

bool same_layout(const type_node& a, const type_node& b) {
  return layout_difference(a, b).empty();
}

const state_conversion* find(const instance& offering, const type_node& from,
                             const type_node& to, direction way) {
  for (std::uint32_t i = 0; i < offering.descriptor.conversion_count; ++i) {
    const auto& one = offering.descriptor.conversions[i];
    if (one.direction == way && same_layout(*one.from, from) &&
        same_layout(*one.to, to)) {
      return &one;
    }
  }
  return nullptr;
}

failure kinds_differ(const instance& from, const instance& to) {
  return {errc::layout_mismatch,
          fmt::format("{} is another behaviour in {} than in {}: its processes "
                      "cannot go over",
                      from.name, from.vsn, to.vsn)};
}

}  // namespace

result<conversion_plan> plan_conversion(const instance& from,
                                        const instance& to, direction way) {
  if (from.descriptor.kind != to.descriptor.kind)
    return kinds_differ(from, to);
  if (!has_state(from.descriptor.kind)) {
    return conversion_plan{from.descriptor.kind == behaviour_kind::supervisor
                               ? transition::how::convert
                               : transition::how::reown,
                           nullptr};
  }
  const auto& have = *from.descriptor.state;
  const auto& want = *to.descriptor.state;
  // Going up the new module knows the old state; going down the one that is
  // left does. Either may declare a pair; the one written for this direction is
  // tried first.
  const auto& first = way == direction::up ? to : from;
  const auto& second = way == direction::up ? from : to;
  for (const auto* offering : {&first, &second}) {
    if (const auto* found = find(*offering, have, want, way)) {
      return conversion_plan{transition::how::convert, found};
    }
  }
  if (same_layout(have, want))
    return conversion_plan{};

  const auto problem = carry_problem(want, have, dropped_fields::refused);
  const bool declares_any = [&] {
    for (std::uint32_t i = 0; i < first.descriptor.conversion_count; ++i) {
      if (first.descriptor.conversions[i].direction == way)
        return true;
    }
    return false;
  }();
  // A code_change that is written but does not fit is a mistake to tell, not one to
  // step over.
  if (problem.empty() && !declares_any)
    return conversion_plan{transition::how::convert, nullptr};

  // None fits: say where the nearest one goes wrong.
  std::string why =
      fmt::format("and neither version has a code_change{} for it: {}",
                  way == direction::up ? "" : "_down", problem);
  for (std::uint32_t i = 0; i < first.descriptor.conversion_count; ++i) {
    const auto& one = first.descriptor.conversions[i];
    if (one.direction != way)
      continue;
    const bool ends_right = same_layout(*one.to, want);
    const auto difference = ends_right ? layout_difference(have, *one.from)
                                       : layout_difference(want, *one.to);
    why =
        fmt::format("and the code_change{} of {} {} {} {}: {}",
                    way == direction::up ? "" : "_down", first.name, first.vsn,
                    ends_right ? "declares the old state as" : "gives",
                    ends_right ? one.from->name : one.to->name, difference);
  }
  return failure(
      errc::layout_mismatch,
      fmt::format("the state of {} {} in memory is {}, that of {} is {}, {}",
                  from.name, from.vsn, have.name, to.vsn, want.name, why));
}

result<conversion_plan> plan_reown(const instance& from, const instance& to) {
  if (from.descriptor.kind != to.descriptor.kind)
    return kinds_differ(from, to);
  if (!has_state(from.descriptor.kind)) {
    return conversion_plan{};
  }
  const auto difference =
      layout_difference(*from.descriptor.state, *to.descriptor.state);
  if (difference.empty())
    return conversion_plan{};
  return failure(
      errc::layout_mismatch,
      fmt::format("{} {} keeps another state than {}: {}; update it with "
                  "`change: {{advanced: EXTRA}}` and a code_change",
                  to.name, to.vsn, from.vsn, difference));
}

result<conversion_plan> plan_takeover(const instance& from,
                                      const instance& to) {
  const auto& have = *from.descriptor.state;
  const auto& want = *to.descriptor.state;
  if (same_layout(have, want))
    return conversion_plan{};
  const auto problem = carry_problem(want, have, dropped_fields::refused);
  if (problem.empty())
    return conversion_plan{transition::how::convert, nullptr};
  return failure(errc::layout_mismatch,
                 fmt::format("{} {} cannot take over the state of {} {}: {}",
                             to.name, to.vsn, from.name, from.vsn, problem));
}

}  // namespace instar
