// The loop of a gen_server. The callback module is the owner of the one box.
#include "module/type_carry.hpp"
#include "module/type_walk.hpp"
#include "runtime/activation.hpp"
#include "runtime/behaviours.hpp"
#include "runtime/errors.hpp"
#include "runtime/gen_server_table.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/state_memory.hpp"
#include "runtime/transition.hpp"

#include <fmt/format.h>

namespace instar {
namespace {

const gen_server_table& table_of(const instance& owner) {
  return *static_cast<const gen_server_table*>(owner.descriptor.behaviour);
}

class gen_server_behaviour final : public behaviour {
public:
  const char* name() const override { return "gen_server"; }

  void init(process& self) const override {
    const auto pin = self.node().code().pin_current(self.start().module);
    auto* owner = pin.get();
    if (owner == nullptr ||
        owner->descriptor.kind != behaviour_kind::gen_server) {
      self.init_failed("module " + self.start().module +
                       " is not loaded, or is no gen_server");
      return;
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
      self.init_failed(std::move(error.text));
      return;
    }
    self.add_box(state, &type, owner);
    self.init_succeeded();
  }

  void handle(process& self, message& m) const override {
    const auto& box = self.writable_box();
    if (self.is_stopping())
      return;
    const auto kind = kind_of(m.kind, self);
    const auto* entry =
        m.key == nullptr
            ? nullptr
            : box.owner->handler(m.key->id, static_cast<std::size_t>(kind));
    message* handled = &m;
    if (entry == nullptr) {
      // Of another layout: sent by another version, or before an upgrade.
      entry = handler_named(*box.owner, m, kind);
      if (entry != nullptr)
        handled = self.replace_handled(adapt(m, *entry->message, *box.owner));
      if (handled == nullptr || entry == nullptr) {
        no_handler(self, m, *box.owner);
        return;
      }
    }
    serve(self, box.state, *handled, *entry);
  }

  void terminate(process& self, const exit_reason& why) const override {
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

  void destroy_state(void* state, const type_node* type) const override {
    destroy_typed_state(state, *type);
  }

  result<converted_state> convert(process& self, const box& old,
                                  const transition& by) const override {
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

  /// No code_change is written: the fields go over by name.
  static result<converted_state> carry(process& self, const box& old,
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

  void adopted(process&, void* old_state, void* new_state,
               const transition& by) const override {
    if (by.conversion != nullptr && by.conversion->adopt != nullptr) {
      by.conversion->adopt(old_state, new_state);
    }
  }

  result<value> state(process& self) const override {
    const auto& box = self.current_box();
    return to_value(*box.type, box.state);
  }

  result<value> replace_state(process& self, const value& to) const override {
    auto& box = self.writable_box();
    const auto& type = *box.type;
    if (type.default_construct == nullptr) {
      return failure(errc::not_supported,
                     std::string(type.name) + " has no default constructor");
    }
    void* made = allocate_state(type);
    type.default_construct(made);
    if (auto set = from_value(type, made, to); !set) {
      destroy_typed_state(made, type);
      return set.error();
    }
    destroy_typed_state(std::exchange(box.state, made), type);
    return to_value(type, box.state);
  }

private:
  static void serve(process& self, void* state, message& m,
                    const handler_entry& entry) {
    const bool is_call = m.kind == message_kind::call;
    handler_context context{self, state, m.payload(), {}, {}};
    if (is_call)
      context.caller = {m.sender, m.tag, self.self()};
    // A void handle_call replies later: the caller must hear of our end.
    if (is_call && entry.reply == nullptr)
      self.owe(context.caller);
    {
      const callback_scope here(self, &m);
      entry.invoke(context);
    }
    if (!context.error.failed)
      return;
    if (is_call) {
      self.paid(context.caller);
      fail_call(self.node(), m.sender, m.tag,
                static_cast<int>(errc::callback_failed), context.error.text);
    }
    self.stop(exit_reason::error(std::move(context.error.text)));
  }

  /// The handler of a message that has this name and another layout.
  static const handler_entry* handler_named(const instance& owner,
                                            const message& m,
                                            handler_kind kind) {
    if (m.key == nullptr)
      return nullptr;
    const auto& table = table_of(owner);
    for (std::uint32_t i = 0; i < table.handler_count; ++i) {
      const auto& entry = table.handlers[i];
      if (entry.kind == kind && m.key->name == entry.message->name)
        return &entry;
    }
    return nullptr;
  }

  /// The message as this version declares it; null where its fields cannot be
  /// carried over. A message is never reinterpreted.
  static message_ptr adapt(const message& m, const type_node& to,
                           instance& owner) {
    if (!carry_problem(to, *m.type, dropped_fields::allowed).empty())
      return nullptr;
    // Memory first, a value next: a copy that throws leaves a valid message.
    auto* raw = detail::allocate_message(&intern(to), to, &owner);
    to.default_construct(raw->payload());
    message_ptr made(raw);
    made->sender = m.sender;
    made->tag = m.tag;
    made->kind = m.kind;
    carry_over(to, made->payload(), *m.type, m.payload());
    return made;
  }

  static handler_kind kind_of(message_kind kind, process&) {
    switch (kind) {
      case message_kind::call:
        return handler_kind::call;
      case message_kind::cast:
        return handler_kind::cast;
      case message_kind::continuation:
        return handler_kind::continue_;
      default:
        return handler_kind::info;
    }
  }

  static void no_handler(process& self, const message& m,
                         const instance& owner) {
    const std::string what = m.key == nullptr ? "?" : m.key->name;
    if (m.kind == message_kind::call) {
      fail_call(self.node(), m.sender, m.tag,
                static_cast<int>(errc::bad_message),
                fmt::format("{} {} has no handle_call for {} of this layout",
                            owner.name, owner.vsn, what));
      return;
    }
    // As OTP's gen_server: unexpected, noted, dropped.
    if (m.kind == message_kind::info || m.kind == message_kind::exit_notice) {
      return;
    }
    self.node().log(
        log_level::warning,
        fmt::format("{} {} ({}): dropped an unexpected {}", owner.name,
                    owner.vsn, to_string(self.self()), what));
  }
};

}  // namespace

const behaviour& gen_server_loop() {
  static const gen_server_behaviour loop;
  return loop;
}

}  // namespace instar
