// Calls an exported function of a module from outside of any process: apply, health
// checks. The function runs in a process of its own, so it may call others' code.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/pid.hpp"

#include <functional>
#include <string>

namespace instar {

class runtime;

/// Runs `job` as a process whose module is `module`, so that what it calls may use
/// what a callback may, and waits for its end. What it throws is callback_failed.
/// Not from a worker. Errors: callback_failed, noproc (killed), timeout.
result<> run_as_process(runtime& node, const std::string& module,
                        std::function<void()> job, duration timeout);

/// As run_as_process, without waiting: any thread. An exception is nobody's.
/// Errors: spawn's.
result<pid> start_as_process(runtime& node, const std::string& module,
                             std::function<void()> job);

/// The function must be `result<value>(const value& args)`. Not from a worker.
/// Errors: no_such_module, undef, callback_failed (what it threw), its own, timeout.
result<value> apply(runtime& node, const std::string& module,
                    const std::string& function, const value& args,
                    duration timeout);

}  // namespace instar
