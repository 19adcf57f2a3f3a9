// A behaviour: the loop of a kind of process. It lives in the runtime, which an
// upgrade never replaces; the callback module gives the rest.
//
// Every function is called by the thread that runs the process, one at a time,
// and those marked "module code" only when the process's gate lets it pass.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/message.hpp"

#include <string>
#include <vector>

namespace instar {

class box;
class process;
class transition;

/// A state that a conversion made, not yet in a box.
struct converted_state {
  void* state = nullptr;
  const type_node* type = nullptr;
};

class behaviour {
public:
  virtual ~behaviour() = default;

  virtual const char* name() const = 0;
  /// Makes the boxes, then init_succeeded or init_failed. Module code.
  virtual void init(process& self) const = 0;
  /// A call, cast, info or exit notice. Module code.
  /// The process keeps `m` until the handler is done, also where it waits.
  virtual void handle(process& self, message& m) const = 0;
  /// Of a special process: starts the frame of its loop. Module code.
  virtual void start_loop(process&) const {}
  /// A handler that had waited is done. Not called where it was cut off.
  virtual void frame_done(process&) const {}
  /// Whether it tells of its system events itself, but for what comes in and goes
  /// out.
  virtual bool tells_events() const { return false; }
  /// An exit signal ends the process: true where it may end at once, false
  /// where a frame was started that will call stop(). Module code.
  virtual bool on_stop(process& self, const exit_reason& why) const;
  /// The last thing before the boxes are destroyed. Module code.
  virtual void terminate(process& self, const exit_reason& why) const = 0;

  /// Whether an exit signal ends a handler that waits. A supervisor first brings
  /// to its end what it has begun, as OTP's, which waits inside its callbacks.
  virtual bool may_cut_off() const { return true; }
  /// A killed process runs no callback; a supervisor still ends its children.
  virtual bool terminates_when_killed() const { return false; }

  virtual void destroy_state(void* state, const type_node* type) const = 0;
  /// Makes the state that `by` asks for beside the old one, which it only
  /// reads. Module code, of the instance that declares the conversion.
  virtual result<converted_state> convert(process& self, const box& old,
                                          const transition& by) const = 0;
  /// The moment of adoption: carries what cannot be copied. Module code;
  /// noexcept.
  virtual void adopted(process& self, void* old_state, void* new_state,
                       const transition& by) const;

  // sys
  virtual result<value> state(process& self) const = 0;
  virtual result<value> replace_state(process& self, const value& to) const = 0;
  /// What else there is to say of it: an object, whose fields are added to those
  /// that all have, or null.
  virtual result<value> status(process& self) const;
  /// What get_status shows of the state: `state`, unless the module says otherwise.
  virtual result<value> shown_state(process& self) const;
  /// Of which modules it has boxes: the answer to get_modules.
  virtual std::vector<std::string> modules(process& self) const;
  /// A supervisor's children, `limit` of them at most; not_supported for the
  /// others.
  virtual result<value> children(process& self, std::size_t limit) const;
};

}  // namespace instar
