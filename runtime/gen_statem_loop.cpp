// The loop of a gen_statem. The callback module is the owner of the one box; events
// that the machine makes itself, its timers and what it postpones are the loop's.
#include "runtime/activation.hpp"
#include "runtime/behaviours.hpp"
#include "runtime/errors.hpp"
#include "runtime/gen_statem_table.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/serve_request.hpp"
#include "runtime/statem_data.hpp"
#include "runtime/typed_behaviour.hpp"
#include "runtime/typed_state.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace instar {
namespace {

statem_data& data_of(process& self) {
  return static_cast<statem_data&>(*self.data());
}

handler_kind kind_of(event_type type) {
  switch (type) {
    case event_type::call:
      return handler_kind::call;
    case event_type::cast:
      return handler_kind::cast;
    case event_type::info:
      return handler_kind::info;
    case event_type::timeout:
    case event_type::state_timeout:
    case event_type::generic_timeout:
    case event_type::internal:
      return handler_kind::continue_;
  }
  return handler_kind::info;
}

event_type type_of_message(message_kind kind) {
  switch (kind) {
    case message_kind::call:
      return event_type::call;
    case message_kind::cast:
      return event_type::cast;
    case message_kind::continuation:
      return event_type::internal;
    default:
      return event_type::info;
  }
}

class gen_statem_behaviour final : public typed_behaviour {
public:
  const char* name() const override { return "gen_statem"; }
  bool tells_events() const override { return true; }

  void init(process& self) const override {
    self.set_data(std::make_unique<statem_data>());
    if (!make_box(self, behaviour_kind::gen_statem))
      return;
    self.init_succeeded();
    auto& box = self.writable_box();
    handler_context context{self, box.state, nullptr, {}, {}};
    {
      const callback_scope here(self);
      enter_of (*box.owner)(context);
    }
    if (context.error.failed) {
      self.stop(exit_reason::error(std::move(context.error.text)));
      return;
    }
    settle(self);
  }

  void handle(process& self, message& m) const override {
    auto& data = data_of(self);
    if (!data.next_module.empty() && m.key == &key_of<statem_tick>()) {
      // At a gate that closes for that module too; then the tick comes again.
      if (self.join(data.next_module))
        change_module(self, data);
      return;
    }
    auto* content = begin_event(self, data, m);
    if (content == nullptr) {
      settle(self);
      return;
    }
    // Whatever comes ends it.
    data.cancel(self, event_type::timeout, {});
    const auto& box = self.writable_box();
    if (self.is_stopping())
      return;
    const auto& table = table_of(*box.owner);
    const auto kind = kind_of(data.now.type);
    auto found = find_handler(*box.owner, {table.handlers, table.handler_count},
                              *content, kind);
    if (found.entry == nullptr) {
      unknown(self, *content, *box.owner, kind);
      return;
    }
    if (auto* adapted = self.replace_handled(std::move(found.adapted)))
      content = adapted;
    serve(self, box.state, *content, *found.entry);
  }

  void frame_done(process& self) const override {
    if (!self.is_stopping())
      settle(self);
  }

  void terminate(process& self, const exit_reason& why) const override {
    if (self.data() != nullptr) {
      data_of(self).cancel_all(self);
      if (self.is_debugged()) {
        data_of(self).tell(self, system_event_kind::terminate, nullptr,
                           {{"reason", why.text()}});
      }
    }
    typed_behaviour::terminate(self, why);
  }

private:
  using enter_function = void (*)(handler_context&) noexcept;
  static enter_function enter_of(const instance& owner) {
    return static_cast<const gen_statem_table*>(owner.descriptor.behaviour)
        ->enter;
  }

  /// Whether it handles no event, but what brings one.
  static bool is_tick(process& self) {
    return self.handled()->key == &key_of<statem_tick>();
  }

  /// What is to be handled; null: nothing, the timer was cancelled.
  static message* begin_event(process& self, statem_data& data, message& m) {
    data.postpones = false;
    data.retries = false;
    if (m.key != &key_of<statem_tick>()) {
      data.now = {type_of_message(m.kind), {}, {}};
      if (m.kind == message_kind::call)
        data.now.caller = {m.sender, m.tag, self.self()};
      return &m;
    }
    const auto number = static_cast<const statem_tick*>(m.payload())->number;
    std::optional<statem_data::own_event> made;
    if (number != 0) {
      made = data.expire(number);
    } else if (!data.next.empty()) {
      made = std::move(data.next.front());
      data.next.pop_front();
    }
    if (!made)
      return nullptr;
    data.now = {made->type, {}, std::move(made->name)};
    auto* content = self.replace_handled(std::move(made->content));
    if (self.is_debugged())
      data.tell(self, system_event_kind::in, content);
    return content;
  }

  static void unknown(process& self, const message& m, const instance& owner,
                      handler_kind kind) {
    if (kind == handler_kind::continue_) {
      self.stop(exit_reason::error(
          fmt::format("{} {} has no handle_event for {}", owner.name, owner.vsn,
                      m.key == nullptr ? "?" : m.key->name)));
      return;
    }
    no_handler(self, m, owner);
    settle(self);
  }

  static void serve(process& self, void* state, message& m,
                    const handler_entry& entry) {
    handler_context context{
        self, state, m.payload(), data_of(self).now.caller, {}};
    {
      const callback_scope here(self, &m);
      entry.invoke(context);
    }
    if (context.error.failed) {
      fail(self, m, std::move(context.error.text));
    } else if (!self.handler_waits()) {
      settle(self);
    }
  }

  /// A handler is done: what its actions ask of the queues, which it may not touch
  /// itself.
  static void settle(process& self) {
    auto& data = data_of(self);
    if (self.is_debugged() && self.handled() != nullptr && !is_tick(self)) {
      data.tell(self,
                data.postpones ? system_event_kind::postpone
                               : system_event_kind::consume,
                self.handled());
    }
    if (!std::exchange(data.postpones, false)) {
      self.owe_handled();
    } else if (kind_of(data.now.type) == handler_kind::continue_) {
      data.postponed.push_back(
          {data.now.type, data.now.name, self.take_handled()});
    } else {
      self.postpone_handled();
    }
    if (std::exchange(data.retries, false)) {
      self.retry_postponed();
      data.next.insert(data.next.begin(),
                       std::make_move_iterator(data.postponed.begin()),
                       std::make_move_iterator(data.postponed.end()));
      data.postponed.clear();
    }
    if (auto asked = self.take_continuation())
      data.next.push_front({event_type::internal, {}, std::move(asked)});
    if (!data.next.empty() || !data.next_module.empty()) {
      auto tick = make_message(statem_tick{0}, message_kind::continuation);
      tick->is_told = true;
      self.continue_with(std::move(tick));
    }
  }

  static void change_module(process& self, statem_data& data) {
    const auto module = std::exchange(data.next_module, {});
    const auto pin = self.node().code().pin_current(module);
    auto* next = pin.get();
    if (next == nullptr ||
        next->descriptor.kind != behaviour_kind::gen_statem) {
      self.stop(exit_reason::error(fmt::format(
          "change_callback_module: {} is not loaded, or is no gen_statem",
          module)));
      return;
    }
    if (auto done = switch_owner(self, *next, {}); !done) {
      self.stop(exit_reason::error(done.error().message()));
      return;
    }
    if (self.is_debugged()) {
      data.tell(self, system_event_kind::module, nullptr, {{"module", module}});
    }
    settle(self);
  }
};

}  // namespace

const behaviour& gen_statem_loop() {
  static const gen_statem_behaviour loop;
  return loop;
}

namespace detail {

const event_info& handled_event(process& self) {
  return data_of(self).now;
}

void take_actions(process& self, bool is_changed,
                  std::vector<statem_action> actions) {
  data_of(self).take(self, is_changed, std::move(actions));
}

void tell_state(process& self, value state, bool enters) {
  auto& data = data_of(self);
  data.told_state = std::move(state);
  if (enters)
    data.tell(self, system_event_kind::enter, nullptr);
}

void take_first_actions(std::vector<statem_action> actions) {
  take_actions(current_process(), false, std::move(actions));
}

}  // namespace detail
}  // namespace instar
