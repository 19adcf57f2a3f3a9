// What a gen_server's module gives to the loop, as data; made by
// gen_server.hpp.
#pragma once

#include "base/value.hpp"
#include "module/descriptor.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/start.hpp"

#include <cstdint>

namespace instar {

class process;

struct handler_context {
  process& self;
  void* state;
  void* message;
  from caller;
  callback_error error;
};

struct handler_entry {
  handler_kind kind;
  const type_node* message;
  const type_node* reply;
  void (*invoke)(handler_context& context) noexcept;
};

struct gen_server_table {
  /// Makes the state in `storage`, raw memory of the state's size.
  void (*init)(void* storage, const value& args,
               callback_error& error) noexcept;
  /// Null where the module has none.
  void (*terminate)(void* state, const exit_reason& why,
                    callback_error& error) noexcept;
  /// What get_status shows of the state; null where the module has none.
  void (*format_status)(const void* state, value& shown,
                        callback_error& error) noexcept;
  const handler_entry* handlers;
  std::uint32_t handler_count;
};

}  // namespace instar
