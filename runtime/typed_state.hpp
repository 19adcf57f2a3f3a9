// What the behaviours whose states are described types have in common: their
// states are converted, shown and replaced by their type tables, and messages of
// another version are adapted to the handlers of this one.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/gen_server_table.hpp"
#include "runtime/message.hpp"

#include <cstdint>

namespace instar {

class box;
class instance;
class process;
class transition;

/// The state that `by` asks for, made beside the old one: by the code_change that
/// it names, else field by field. Module code. Errors: code_change_failed.
result<converted_state> convert_typed_state(process& self, const box& old,
                                            const transition& by);

/// Carries what cannot be copied, where the conversion says how.
void adopt_typed_state(void* old_state, void* new_state, const transition& by);

/// Replaces the state whole; fields that are not given have their initial values.
/// `of` was looked up to be written. Errors: not_supported, bad_value; the state
/// is as before then.
result<value> replace_typed_state(box& of, const value& to);

/// The handlers of a module, as data.
struct handler_rows {
  const handler_entry* first = nullptr;
  std::uint32_t count = 0;
};

/// Of a module's behaviour; none where it has no typed messages.
handler_rows handlers_of(const module_descriptor& about);

/// The handler of a message, and the message as this version declares it.
struct found_handler {
  const handler_entry* entry = nullptr;  // null: there is none
  /// Where the message is of another layout: sent by another version, or before
  /// an upgrade. Null: it is of the handler's own.
  message_ptr adapted;
};

/// A message is never reinterpreted: what cannot be carried over by field name has
/// no handler.
found_handler find_handler(instance& owner, handler_rows all, const message& m,
                           handler_kind kind);

}  // namespace instar
