// Calls an exported function of a module from outside of any process: apply, health
// checks. The function runs in a process of its own, so it may call others' code.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

#include <string>

namespace instar {

class runtime;

/// The function must be `result<value>(const value& args)`. Not from a worker.
/// Errors: no_such_module, undef, callback_failed (what it threw), its own, timeout.
result<value> apply(runtime& node, const std::string& module,
                    const std::string& function, const value& args,
                    duration timeout);

}  // namespace instar
