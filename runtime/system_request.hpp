// One request of sys, from outside of any process. As OTP's {system, From,
// Msg}.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/message.hpp"

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>

namespace instar {

class process;
class transition;

class system_request {
public:
  enum class operation {
    suspend,
    resume,
    get_state,
    replace_state,
    get_status,
    summary,
    get_modules,
    change_code,
    terminate,
    children,
    /// A debug command, in `argument`.
    debug,
    /// An upgrade's: convert the box for `by`, as an activation of the process.
    convert,
    /// Call `visit`, when no handler waits.
    visit,
  };

  operation what = operation::get_status;
  value argument;
  /// children: this many at most.
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  /// replace_state: makes the state of the one there is; empty: `argument` is it.
  std::function<value(const value&)> replace;
  exit_reason reason;
  /// change_code: whose handlers; empty: all.
  std::string module;
  transition* by = nullptr;
  std::function<void(process&)> visit;
  /// Called once, by whatever thread serves or refuses the request.
  std::function<void(result<value>)> done;

  /// Whether its answer is the same in the middle of whatever the process does.
  bool asks_who() const {
    return what == operation::summary || what == operation::get_modules;
  }
  /// Whether it runs module code or writes the state, so that it waits at a
  /// closed gate. A conversion is what the gate is closed for.
  bool waits_at_gate() const {
    return what == operation::replace_state || what == operation::change_code ||
           what == operation::terminate || what == operation::get_status;
  }
};

}  // namespace instar
