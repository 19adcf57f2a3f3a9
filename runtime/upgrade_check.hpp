// Whether and how boxes can go from one instance of a module to another:
// decided from the two descriptors, before anything is touched.
#pragma once

#include "base/result.hpp"
#include "module/change.hpp"
#include "runtime/transition.hpp"

namespace instar {

class instance;

struct conversion_plan {
  transition::how kind = transition::how::reown;
  const state_conversion* conversion = nullptr;
};

/// For an `advanced` update: the conversion that one of the two offers for
/// exactly these layouts; re-owning where the layouts are equal and none is
/// offered. Errors: layout_mismatch, with the field that differs.
result<conversion_plan> plan_conversion(const instance& from,
                                        const instance& to, direction way);

/// For load_module and a soft update: the layouts must be equal.
/// Errors: layout_mismatch, with the field that differs.
result<conversion_plan> plan_reown(const instance& from, const instance& to);

/// For a state that another module takes over: as it is, or by the names of its
/// fields. Errors: layout_mismatch, with the field that differs.
result<conversion_plan> plan_takeover(const instance& from, const instance& to);

}  // namespace instar
