// A system event: what a process does with one message, as its debug functions
// see it. As the system events of OTP's sys.
#pragma once

#include "base/value.hpp"
#include "runtime/message.hpp"
#include "runtime/pid.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace instar {

enum class system_event_kind : std::uint8_t {
  /// A message was taken from the mailbox.
  in,
  /// The process has answered a call.
  out,
  /// A message is done with, and it was no call or is not answered yet.
  noreply,
  /// What a callback had asked to go on with (OTP's `continue`).
  continue_,
  // The others are gen_statem's.
  postpone,
  consume,
  start_timer,
  insert_timeout,
  enter,
  module,
  terminate,
};

/// `in`, `noreply`, `continue` ...
std::string_view to_string(system_event_kind kind);

/// Borrows what it names: good for the time of one sys::handle_debug.
struct system_event {
  system_event_kind kind = system_event_kind::in;
  /// The message it is about; null: none.
  const message* content = nullptr;
  /// `in`: who sent it. `out`: who called.
  pid peer{};
  /// What else there is to say, such as the name of a gen_statem's state: an
  /// object, whose keys are laid over those that to_value makes.
  value detail{};
};

/// `{"event": NAME, "kind"?, "message"?, "from"? | "to"?}` and the detail's keys.
/// The message of `out` is the reply alone; of the others `{NAME: FIELDS}`, as
/// call_json takes it.
value to_value(const system_event& event);

/// One line, without its end, of what to_value has made:
/// `*DBG* counter got call {"get":{}} from 0.5.1`.
std::string event_line(std::string_view process, const value& event);

}  // namespace instar
