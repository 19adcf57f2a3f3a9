// The boundary of a module: the one symbol that it exports.
//
// The descriptor is constant data: names, types and pointers to noexcept
// functions. Every function catches what the module throws, inside the module
// (the exception's type and destructor live there), and gives back a text by
// value. All of it is valid while the module is mapped and no longer.
#pragma once

#include "module/change.hpp"
#include "module/type_node.hpp"

#include <cstdint>
#include <string>

namespace instar {

inline constexpr std::uint32_t descriptor_version = 2;
inline constexpr const char* descriptor_symbol = "instar_module_v1";

/// A loaded module, as the runtime sees it; opaque here.
class instance;

/// What a callback threw.
struct callback_error {
  bool failed = false;
  std::string text;
  /// By init, which has chosen that there is to be no process: no failure.
  bool is_ignored = false;
};

enum class behaviour_kind : std::uint32_t {
  library,  // functions only
  gen_server,
  supervisor,
  application,
  gen_event,  // a handler of an event manager
  gen_statem,
  special_process,
};

/// Whether its processes take calls and casts and have one state.
constexpr bool is_server(behaviour_kind kind) {
  return kind == behaviour_kind::gen_server ||
         kind == behaviour_kind::gen_statem ||
         kind == behaviour_kind::special_process;
}

/// Whether its states are described types: converted, compared, shown.
constexpr bool has_state(behaviour_kind kind) {
  return is_server(kind) || kind == behaviour_kind::gen_event;
}

/// `code_change` for one pair of layouts. `convert` makes the new state in
/// `to`, raw memory of the new type's size; on failure nothing is left there.
struct state_conversion {
  const type_node* from;
  const type_node* to;
  instar::direction direction;
  void (*convert)(void* to, const void* from, const change& about,
                  callback_error& error) noexcept;
  /// Carries what cannot be copied, when the new state is adopted; null:
  /// nothing.
  void (*adopt)(void* from, void* to) noexcept;
  /// It does more than make the new state: not rehearsed, and called once, behind
  /// the closed gate.
  bool has_effects;
};

/// How a message reaches a gen_server or a gen_event, whose events are cast.
enum class handler_kind : std::uint8_t { call, cast, info, continue_ };

/// A message that the module takes.
struct message_row {
  handler_kind kind;
  const type_node* message;
  /// Of a call that replies by returning; null: it replies later, or not a
  /// call.
  const type_node* reply;
};

using function_address = void (*)();

struct exported_function {
  const char* name;
  /// The C++ type, as text; an import must name the same.
  const char* signature;
};

struct imported_function {
  const char* module;
  const char* name;
  const char* signature;
  /// Where the loader writes the function's place in the export table.
  std::uint32_t* slot;
};

struct module_descriptor {
  std::uint32_t size;
  std::uint32_t version;
  const char* name;
  const char* vsn;
  const char* abi_tag;
  behaviour_kind kind;
  /// By kind: gen_server_table, supervisor_table, application_table,
  /// gen_event_table, gen_statem_table and special_process_table (which begin with
  /// a gen_server_table).
  const void* behaviour;
  /// Where has_state(kind); null for the others.
  const type_node* state;
  const state_conversion* conversions;
  std::uint32_t conversion_count;
  const message_row* messages;
  std::uint32_t message_count;
  const exported_function* functions;
  std::uint32_t function_count;
  /// Of each of `functions` (they are no constants of one type).
  const function_address* (*addresses)();
  const imported_function* imports;
  std::uint32_t import_count;
  /// Declared by its author as never to be unloaded.
  bool pinned;
  /// Where the loader writes which instance this is.
  instance** instance_slot;
};

}  // namespace instar
