#include "runtime/typed_behaviour.hpp"

#include "module/type_walk.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/state_memory.hpp"
#include "runtime/typed_state.hpp"

#include <fmt/format.h>

namespace instar {

const gen_server_table& typed_behaviour::table_of(const instance& owner) {
  return *static_cast<const gen_server_table*>(owner.descriptor.behaviour);
}

bool typed_behaviour::make_box(process& self, behaviour_kind kind) {
  const auto pin = self.node().code().pin_current(self.start().module);
  auto* owner = pin.get();
  if (owner == nullptr || owner->descriptor.kind != kind) {
    self.init_failed(fmt::format("module {} is not loaded, or is no {}",
                                 self.start().module, self.loop().name()));
    return false;
  }
  const auto& type = *owner->descriptor.state;
  void* state = allocate_state(type);
  callback_error error;
  {
    const callback_scope here(self);
    table_of(*owner).init(state, self.start().args, error);
  }
  if (error.failed) {
    free_state(state, type);
    if (error.is_ignored) {
      self.init_ignored();
    } else {
      self.init_failed(std::move(error.text));
    }
    return false;
  }
  self.add_box(state, &type, owner);
  return true;
}

void typed_behaviour::terminate(process& self, const exit_reason& why) const {
  const auto& box = self.current_box();
  if (box.owner == nullptr)
    return;
  const auto& table = table_of(*box.owner);
  if (table.terminate == nullptr)
    return;
  callback_error error;
  {
    const callback_scope here(self);
    table.terminate(box.state, why, error);
  }
  if (error.failed) {
    self.node().log(log_level::error,
                    fmt::format("{}: terminate failed: {}",
                                to_string(self.self()), error.text));
  }
}

void typed_behaviour::destroy_state(void* state, const type_node* type) const {
  destroy_typed_state(state, *type);
}

result<converted_state> typed_behaviour::convert(process& self, const box& old,
                                                 const transition& by) const {
  return convert_typed_state(self, old, by);
}

void typed_behaviour::adopted(process&, void* old_state, void* new_state,
                              const transition& by) const {
  adopt_typed_state(old_state, new_state, by);
}

result<value> typed_behaviour::state(process& self) const {
  const auto& box = self.current_box();
  return to_value(*box.type, box.state);
}

result<value> typed_behaviour::shown_state(process& self) const {
  const auto& box = self.current_box();
  const auto& table = table_of(*box.owner);
  if (table.format_status == nullptr)
    return to_value(*box.type, box.state);
  value shown;
  callback_error error;
  {
    const callback_scope here(self);
    table.format_status(box.state, shown, error);
  }
  if (error.failed) {
    return failure(errc::callback_failed,
                   fmt::format("{}:format_status crashed: {}", box.owner->name,
                               error.text));
  }
  return shown;
}

result<value> typed_behaviour::replace_state(process& self,
                                             const value& to) const {
  return replace_typed_state(self.writable_box(), to);
}

void typed_behaviour::no_handler(process& self, const message& m,
                                 const instance& owner) {
  const std::string what = m.key == nullptr ? "?" : m.key->name;
  if (m.kind == message_kind::call) {
    fail_call(self.node(), m.sender, m.tag, static_cast<int>(errc::bad_message),
              fmt::format("{} {} has no handle_call for {} of this layout",
                          owner.name, owner.vsn, what));
    return;
  }
  // As OTP's gen_server: unexpected, noted, dropped.
  if (m.kind == message_kind::info || m.kind == message_kind::exit_notice)
    return;
  self.node().log(
      log_level::warning,
      fmt::format("{} {} ({}): dropped an unexpected {}", owner.name, owner.vsn,
                  to_string(self.self()), what));
}

void typed_behaviour::fail(process& self, const message& m, std::string text) {
  if (m.kind == message_kind::call) {
    self.paid({m.sender, m.tag, self.self()});
    fail_call(self.node(), m.sender, m.tag,
              static_cast<int>(errc::callback_failed), text);
  }
  self.stop(exit_reason::error(std::move(text)));
}

}  // namespace instar
