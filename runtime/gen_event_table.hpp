// What an event handler's module gives to the event manager, as data; made by
// gen_event.hpp.
#pragma once

#include "base/value.hpp"
#include "module/descriptor.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/gen_server_table.hpp"

#include <cstdint>

namespace instar {

/// Why a handler ends: the argument of its terminate. As gen_event:terminate/2's.
struct event_end {
  enum class cause {
    stopped,           ///< the event manager ends
    removed,           ///< it asked for it itself
    deleted,           ///< delete_handler, with `args`
    swapped,           ///< another takes its place; `args` are meant for it
    supervisor_ended,  ///< the process that had added it supervised has ended
    failed,            ///< one of its callbacks threw
  };
  cause why = cause::stopped;
  value args{};
  exit_reason reason{};
};

struct gen_event_table {
  /// Makes the state in `storage`, raw memory of the state's size. `former` is
  /// what the terminate of a handler whose place it takes has given; null where it
  /// takes nobody's.
  void (*init)(void* storage, const value& args, const value& former,
               callback_error& error) noexcept;
  /// Null where the module has none. `last` is handed to who deleted it, or to who
  /// takes its place.
  void (*terminate)(void* state, const event_end& why, value& last,
                    callback_error& error) noexcept;
  /// Events are of kind cast.
  const handler_entry* handlers;
  std::uint32_t handler_count;
  /// What get_status shows of the state; null: the state itself.
  void (*format_status)(const void* state, value& shown,
                        callback_error& error) noexcept;
};

}  // namespace instar
