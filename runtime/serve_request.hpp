// What a process does with a request of sys.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"

namespace instar {

class process;
class system_request;

/// The thread that runs the process, or that has claimed it.
result<value> serve_request(process& self, system_request& request);

/// Converts the box that `request.by` is about, beside the old state, as an
/// activation of the process. Errors: code_change_failed.
class transition;
result<> convert_boxes(process& self, transition& by);

}  // namespace instar
