#include "runtime/typed_state.hpp"

#include "module/type_carry.hpp"
#include "module/type_walk.hpp"
#include "runtime/box.hpp"
#include "runtime/errors.hpp"
#include "runtime/gen_event_table.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/receive.hpp"
#include "runtime/state_memory.hpp"
#include "runtime/transition.hpp"

#include <fmt/format.h>

namespace instar {
namespace {

/// No code_change is written: the fields go over by name.
result<converted_state> carry(process& self, const box& old,
                              const transition& by) {
  const auto& type = *by.to.descriptor.state;
  void* made = allocate_state(type);
  bool is_made = false;
  try {
    type.default_construct(made);
    is_made = true;
    carry_over(type, made, *old.type, old.state);
  } catch (const std::exception& thrown) {
    if (is_made)
      type.destroy(made);
    free_state(made, type);
    return failure(errc::code_change_failed,
                   fmt::format("the state of {} could not be copied: {}",
                               to_string(self.self()), thrown.what()));
  }
  return converted_state{made, &type};
}

/// The handler of a message that has this name and another layout.
const handler_entry* handler_named(handler_rows all, const message& m,
                                   handler_kind kind) {
  if (m.key == nullptr)
    return nullptr;
  for (std::uint32_t i = 0; i < all.count; ++i) {
    const auto& entry = all.first[i];
    if (entry.kind == kind && m.key->name == entry.message->name)
      return &entry;
  }
  return nullptr;
}

/// The message as this version declares it; null where its fields cannot be
/// carried over.
message_ptr adapt(const message& m, const type_node& to, instance* owner) {
  if (!carry_problem(to, *m.type, dropped_fields::allowed).empty())
    return nullptr;
  // Memory first, a value next: a copy that throws leaves a valid message.
  auto* raw = detail::allocate_message(&intern(to), to, owner);
  to.default_construct(raw->payload());
  message_ptr made(raw);
  made->sender = m.sender;
  made->tag = m.tag;
  made->kind = m.kind;
  carry_over(to, made->payload(), *m.type, m.payload());
  return made;
}

}  // namespace

result<converted_state> convert_typed_state(process& self, const box& old,
                                            const transition& by) {
  if (by.conversion == nullptr)
    return carry(self, old, by);
  const auto& conversion = *by.conversion;
  void* made = allocate_state(*conversion.to);
  callback_error error;
  conversion.convert(made, old.state, by.about, error);
  if (error.failed) {
    free_state(made, *conversion.to);
    return failure(
        errc::code_change_failed,
        fmt::format("code_change of {} in process {}{}{} failed: "
                    "{}",
                    by.from.name, to_string(self.self()),
                    self.name().empty() ? "" : " ", self.name(), error.text));
  }
  return converted_state{made, conversion.to};
}

void adopt_typed_state(void* old_state, void* new_state, const transition& by) {
  if (by.conversion != nullptr && by.conversion->adopt != nullptr) {
    by.conversion->adopt(old_state, new_state);
  }
}

result<value> replace_typed_state(box& of, const value& to) {
  const auto& type = *of.type;
  if (type.default_construct == nullptr) {
    return failure(errc::not_supported,
                   std::string(type.name) + " has no default constructor");
  }
  void* made = allocate_state(type);
  try {
    type.default_construct(made);
  } catch (...) {
    free_state(made, type);
    throw;
  }
  try {
    if (auto set = from_value(type, made, to); !set) {
      destroy_typed_state(made, type);
      return set.error();
    }
  } catch (...) {
    destroy_typed_state(made, type);
    throw;
  }
  destroy_typed_state(std::exchange(of.state, made), type);
  return to_value(type, of.state);
}

handler_rows handlers_of(const module_descriptor& about) {
  if (is_server(about.kind)) {
    const auto& table = *static_cast<const gen_server_table*>(about.behaviour);
    return {table.handlers, table.handler_count};
  }
  if (about.kind == behaviour_kind::gen_event) {
    const auto& table = *static_cast<const gen_event_table*>(about.behaviour);
    return {table.handlers, table.handler_count};
  }
  return {};
}

message_ptr detail::adapt_message(const message& m, const type_node& to,
                                  instance* owner) {
  if (m.key == nullptr || m.key->name != to.name)
    return nullptr;
  return adapt(m, to, owner);
}

found_handler find_handler(instance& owner, handler_rows all, const message& m,
                           handler_kind kind) {
  if (m.key == nullptr)
    return {};
  const auto* entry = owner.handler(m.key->id, static_cast<std::size_t>(kind));
  if (entry != nullptr)
    return {entry, nullptr};
  entry = handler_named(all, m, kind);
  if (entry == nullptr)
    return {};
  auto adapted = adapt(m, *entry->message, &owner);
  if (adapted == nullptr)
    return {};
  return {entry, std::move(adapted)};
}

}  // namespace instar
