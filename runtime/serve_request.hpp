// What a process does with a request of sys.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"

namespace instar {

class instance;
class process;
class system_request;
class transition;
struct change;
struct conversion_plan;

/// The thread that runs the process, or that has claimed it.
result<value> serve_request(process& self, system_request& request);

/// Has the one box of a process go over to `next` at once: to another version of
/// its module, or to another module. Errors: layout_mismatch, code_change_failed
/// (all is as before).
result<> switch_owner(process& self, instance& next, value extra);
/// Likewise, as it was planned.
result<> switch_owner(process& self, instance& next,
                      const conversion_plan& plan, change about);

/// Converts the box that `request.by` is about, beside the old state, as an
/// activation of the process. Errors: code_change_failed.
result<> convert_boxes(process& self, transition& by);

}  // namespace instar
