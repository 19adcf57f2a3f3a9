// Special processes: the frames of their loops. The callback module is the owner of
// the one box, and a frame is of that module's code: while there is one, the box
// stays with its owner.
#include "runtime/activation.hpp"
#include "runtime/behaviours.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/serve_request.hpp"
#include "runtime/special_process.hpp"
#include "runtime/typed_behaviour.hpp"
#include "runtime/upgrade_check.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace instar {
namespace {

struct loop_state final : loop_data {
  /// How the last frame ended.
  loop_end last;

  void visit(const std::function<void(const message&)>&) const override {}
};

loop_state& state_of(process& self) {
  return *static_cast<loop_state*>(self.data());
}

/// Of OTP's words: `m:run`.
std::string text_of(const loop_end& how) {
  switch (how.what) {
    case loop_end::kind::enter:
      return "enter_loop of " + how.module;
    case loop_end::kind::external:
      return "the external call of its loop";
    default:
      return "its loop";
  }
}

class special_process_behaviour final : public typed_behaviour {
public:
  const char* name() const override { return "special_process"; }
  bool tells_events() const override { return true; }

  void init(process& self) const override {
    if (!make_box(self, behaviour_kind::special_process))
      return;
    self.set_data(std::make_unique<loop_state>());
    self.set_loop(true);
    self.init_succeeded();
  }

  /// Its loop takes the messages.
  void handle(process&, message&) const override {}

  void start_loop(process& self) const override {
    auto& last = state_of(self).last;
    if (last.what == loop_end::kind::enter) {
      enter(self, last);
      return;
    }
    if (last.what == loop_end::kind::external) {
      if (auto moved = move(self); !moved) {
        give_up(self, last, moved.error());
        return;
      }
    }
    const auto& box = self.writable_box();
    if (self.is_stopping())
      return;
    const bool continues = last.what == loop_end::kind::system;
    last = {};
    callback_error error;
    const callback_scope here(self);
    const auto frame = table_at(*box.owner).start(box.state, continues, error);
    if (error.failed) {
      self.stop(exit_reason::error(std::move(error.text)));
      return;
    }
    frame.resume();
    if (!frame.done()) {
      self.keep_frame(frame);
      return;
    }
    frame.destroy();
    frame_done(self);
  }

  void frame_done(process& self) const override {
    auto& last = state_of(self).last;
    if (last.what == loop_end::kind::exit)
      self.stop(std::move(last.why));
  }

  result<value> state(process& self) const override {
    const auto& box = self.current_box();
    const auto hook = table_at(*box.owner).get_state;
    return hook == nullptr ? typed_behaviour::state(self)
                           : ask(self, box, hook, "system_get_state");
  }

  result<value> shown_state(process& self) const override {
    const auto& box = self.current_box();
    if (table_at(*box.owner).server.format_status != nullptr)
      return typed_behaviour::shown_state(self);
    return state(self);
  }

  result<value> replace_state(process& self, const value& to) const override {
    const auto& box = self.writable_box();
    const auto& table = table_at(*box.owner);
    if (table.replace_state == nullptr)
      return typed_behaviour::replace_state(self, to);
    callback_error error;
    {
      const callback_scope here(self);
      table.replace_state(box.state, to, error);
    }
    if (error.failed)
      return failed(box, "system_replace_state", error);
    return state(self);
  }

  std::vector<std::string> modules(process& self) const override {
    const auto& box = self.current_box();
    const auto hook = table_at(*box.owner).get_modules;
    if (hook == nullptr)
      return typed_behaviour::modules(self);
    std::vector<std::string> names;
    callback_error error;
    {
      const callback_scope here(self);
      hook(box.state, names, error);
    }
    if (error.failed)
      throw std::runtime_error("get_modules: " + error.text);
    return names;
  }

private:
  static const special_process_table& table_at(const instance& owner) {
    return *static_cast<const special_process_table*>(
        owner.descriptor.behaviour);
  }

  static failure failed(const box& of, const char* hook,
                        const callback_error& error) {
    return {errc::callback_failed,
            fmt::format("{}:{}: {}", of.owner->name, hook, error.text)};
  }

  template <class Hook>
  static result<value> ask(process& self, const box& of, Hook hook,
                           const char* name) {
    value shown;
    callback_error error;
    {
      const callback_scope here(self);
      hook(of.state, shown, error);
    }
    if (error.failed)
      return failed(of, name, error);
    return shown;
  }

  static void give_up(process& self, const loop_end& how, const failure& why) {
    self.stop(exit_reason::error(text_of(how) + ": " + why.message()));
  }

  /// To the current version of its module, which may be an older one.
  static result<> move(process& self) {
    const auto pin = self.node().code().pin_current(self.start().module);
    auto* next = pin.get();
    auto* from = self.writable_box().owner;
    if (next == nullptr) {
      return failure(errc::no_such_module,
                     self.start().module + " has no current version");
    }
    if (next == from)
      return {};
    change about;
    auto plan = plan_conversion(*from, *next, direction::up);
    if (!plan) {
      if (auto back = plan_conversion(*from, *next, direction::down)) {
        plan = std::move(back);
        about.direction = direction::down;
      }
    }
    INSTAR_TRY(plan);
    return switch_owner(self, *next, *plan, std::move(about));
  }

  /// First to the gate of that module: a batch of it must not find a new process of
  /// it behind the closed gate.
  static void enter(process& self, const loop_end& how) {
    if (!self.join(how.module))
      return;
    const auto pin = self.node().code().pin_current(how.module);
    auto* next = pin.get();
    const auto taken = [&]() -> result<> {
      if (next == nullptr ||
          next->descriptor.kind != behaviour_kind::gen_server) {
        return failure(errc::no_such_module,
                       how.module + " is not loaded, or is no gen_server");
      }
      INSTAR_TRY_ASSIGN(const auto plan,
                        plan_takeover(*self.writable_box().owner, *next));
      return switch_owner(self, *next, plan, {});
    }();
    if (!taken) {
      give_up(self, how, taken.error());
      return;
    }
    const auto module = how.module;
    self.set_data(nullptr);
    self.become(gen_server_loop(), module);
  }
};

}  // namespace

namespace detail {

void loop_ends(loop_end how) noexcept {
  state_of(current_process()).last = std::move(how);
}

void begin_receive(receive_wait& wait, duration timeout,
                   std::coroutine_handle<> resume) {
  current_process().begin_receive(wait, timeout, resume);
}

}  // namespace detail

const behaviour& special_process_loop() {
  static const special_process_behaviour loop;
  return loop;
}

}  // namespace instar
