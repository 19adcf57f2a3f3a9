// The loop of a gen_server. The callback module is the owner of the one box.
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
#include "runtime/typed_state.hpp"

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
    const auto& table = table_of(*box.owner);
    auto found = find_handler(*box.owner, {table.handlers, table.handler_count},
                              m, kind);
    if (found.entry == nullptr) {
      no_handler(self, m, *box.owner);
      return;
    }
    auto* adapted = self.replace_handled(std::move(found.adapted));
    serve(self, box.state, adapted == nullptr ? m : *adapted, *found.entry);
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
    return convert_typed_state(self, old, by);
  }

  void adopted(process&, void* old_state, void* new_state,
               const transition& by) const override {
    adopt_typed_state(old_state, new_state, by);
  }

  result<value> state(process& self) const override {
    const auto& box = self.current_box();
    return to_value(*box.type, box.state);
  }

  result<value> shown_state(process& self) const override {
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
                     fmt::format("{}:format_status crashed: {}",
                                 box.owner->name, error.text));
    }
    return shown;
  }

  result<value> replace_state(process& self, const value& to) const override {
    return replace_typed_state(self.writable_box(), to);
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
