#include "runtime/event_handlers.hpp"

#include "runtime/context.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/state_memory.hpp"
#include "runtime/typed_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar {
namespace {

const gen_event_table& table_of(const instance& owner) {
  return *static_cast<const gen_event_table*>(owner.descriptor.behaviour);
}

/// `0.3.0 bus`
std::string name_of(process& self) {
  return to_string(self.self()) +
         (self.name().empty() ? "" : " " + self.name());
}

void tell_supervisor(process& self, const installed_handler& gone,
                     const handler_departure& departure) {
  if (!gone.supervisor ||
      departure.end.why == event_end::cause::supervisor_ended)
    return;
  auto told = make_message(
      event_handler_exit{self.self(), gone.name, departure.told, departure.by},
      message_kind::info);
  told->sender = self.self();
  self.node().deliver(gone.supervisor, std::move(told));
}

/// Calls its terminate, if it has one.
bool call_terminate(process& self, const installed_handler& one,
                    const event_end& why, value& last) {
  const auto& state = self.current_box(*one.state);
  const auto& table = table_of(*state.owner);
  if (table.terminate == nullptr)
    return true;
  callback_error error;
  {
    const callback_scope here(self);
    table.terminate(state.state, why, last, error);
  }
  if (!self.may_go_on())
    return false;
  if (error.failed) {
    self.node().log(
        log_level::error,
        fmt::format("{}: terminate of handler {} failed: {}", name_of(self),
                    to_string(one.name), error.text));
    last = nullptr;
  }
  return true;
}

void report_crash(process& self, const event_handler& gone,
                  const std::string& why) {
  self.node().handler_crashed(
      {crash_entry::kind::handler, self.self(), self.name(), gone.module,
       fmt::format("handler {} removed: {}", to_string(gone), why),
       self.node().sched().now()});
}

}  // namespace

std::size_t event_manager_state::find(const event_handler& name) const {
  const auto found =
      std::find_if(handlers.begin(), handlers.end(),
                   [&](const auto& one) { return one.name == name; });
  return static_cast<std::size_t>(found - handlers.begin());
}

bool event_manager_state::is_supervisor(pid process) const {
  return std::any_of(handlers.begin(), handlers.end(), [&](const auto& one) {
    return one.supervisor == process;
  });
}

event_manager_state& event_state_of(process& self) {
  return *static_cast<event_manager_state*>(self.raw_box().state);
}

handler_refusal check_new_handler(process& self, const event_handler& name,
                                  const event_handler* leaving) {
  const auto& state = event_state_of(self);
  if (state.find(name) < state.handlers.size() &&
      (leaving == nullptr || !(name == *leaving))) {
    return {static_cast<int>(errc::already_present),
            fmt::format("{} has a handler {}", name_of(self), to_string(name))};
  }
  const auto code = self.node().code().use(name.module);
  if (!code)
    return {static_cast<int>(errc::no_such_module), code.error().message()};
  if (code->get()->descriptor.kind != behaviour_kind::gen_event) {
    return {static_cast<int>(errc::badarg),
            fmt::format("module {} is no gen_event", name.module)};
  }
  return {};
}

bool add_handler(process& self, const message& m, const handler_request& asked,
                 handler_refusal& refused) {
  const auto pin = self.node().code().pin_current(asked.name.module);
  auto* owner = pin.get();
  if (owner == nullptr || owner->descriptor.kind != behaviour_kind::gen_event) {
    refused = {static_cast<int>(errc::no_such_module),
               "module " + asked.name.module + " is gone"};
    return true;
  }
  const auto& type = *owner->descriptor.state;
  void* made = allocate_state(type);
  callback_error error;
  {
    const callback_scope here(self, &m);
    table_of(*owner).init(made, asked.args, asked.former, error);
  }
  const bool goes_on = self.may_go_on();
  if (error.failed || !goes_on) {
    if (error.failed) {
      free_state(made, type);
    } else {
      destroy_typed_state(made, type);
    }
    refused = {static_cast<int>(errc::init_failed), std::move(error.text)};
    return goes_on;
  }
  auto& state = event_state_of(self);
  if (asked.supervisor && !state.is_supervisor(asked.supervisor))
    self.link(asked.supervisor);
  state.handlers.insert(
      state.handlers.begin(),
      {asked.name, asked.supervisor, &self.add_box(made, &type, owner)});
  return true;
}

bool remove_handler(process& self, std::size_t at,
                    const handler_departure& departure, value& last) {
  auto& state = event_state_of(self);
  if (!call_terminate(self, state.handlers[at], departure.end, last))
    return false;
  const auto gone = state.handlers[at];
  state.handlers.erase(state.handlers.begin() +
                       static_cast<std::ptrdiff_t>(at));
  self.remove_box(*gone.state);
  tell_supervisor(self, gone, departure);
  if (gone.supervisor && gone.supervisor != self.parent() &&
      !state.is_supervisor(gone.supervisor)) {
    self.unlink(gone.supervisor);
  }
  return true;
}

bool run_handler_at(process& self, std::size_t& at, const message& m,
                    handler_kind kind, bool& took) {
  auto& state = event_state_of(self);
  auto& box = self.writable_box(*state.handlers[at].state);
  if (self.is_stopping())
    return false;
  auto& owner = *box.owner;
  const auto& table = table_of(owner);
  auto found =
      find_handler(owner, {table.handlers, table.handler_count}, m, kind);
  took = found.entry != nullptr;
  if (!took) {
    ++at;
    return true;
  }
  const auto& handled = found.adapted == nullptr ? m : *found.adapted;
  // The callbacks take it as const.
  handler_context context{
      self, box.state, const_cast<void*>(handled.payload()), {}, {}};
  const bool is_call = kind == handler_kind::call;
  if (is_call)
    context.caller = {m.sender, m.tag, self.self()};
  // A void handle_call replies later: the caller must hear of our end.
  if (is_call && found.entry->reply == nullptr)
    self.owe(context.caller);
  state.wants_to_leave = false;
  state.wants_to_hand_over.reset();
  {
    const callback_scope here(self, &m);
    found.entry->invoke(context);
  }
  if (!self.may_go_on())
    return false;
  value last;
  if (context.error.failed) {
    const auto name = state.handlers[at].name;
    report_crash(self, name, context.error.text);
    if (is_call) {
      self.paid(context.caller);
      fail_call(self.node(), m.sender, m.tag,
                static_cast<int>(errc::callback_failed), context.error.text);
    }
    const auto why = exit_reason::error(std::move(context.error.text));
    return remove_handler(self, at, {{event_end::cause::failed, {}, why}, why},
                          last);
  }
  if (state.wants_to_leave) {
    return remove_handler(
        self, at, {{event_end::cause::removed, {}, {}}, exit_reason::normal()},
        last);
  }
  if (state.wants_to_hand_over) {
    state.wants_to_hand_over->from = state.handlers[at].name;
    state.swaps.push_back(std::move(*state.wants_to_hand_over));
    state.wants_to_hand_over.reset();
  }
  ++at;
  return true;
}

void end_handlers(process& self, const exit_reason& why) {
  auto& state = event_state_of(self);
  const handler_departure departure{{event_end::cause::stopped, {}, why},
                                    exit_reason::shutdown()};
  for (const auto& one : state.handlers) {
    value last;
    if (!call_terminate(self, one, departure.end, last))
      return;
    tell_supervisor(self, one, departure);
  }
}

}  // namespace instar
