// The loop of an event manager. Its own box has the names of the handlers; each
// handler has a box of its own, which its module owns.
//
// Before the code of a module runs here for the first time, the process joins the
// module's gate: it waits there too when the module is upgraded.
#include "module/type_walk.hpp"
#include "runtime/activation.hpp"
#include "runtime/behaviours.hpp"
#include "runtime/box.hpp"
#include "runtime/context.hpp"
#include "runtime/errors.hpp"
#include "runtime/event_handlers.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/state_memory.hpp"
#include "runtime/typed_state.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar {
namespace {

template <class M>
const M& content(const message& m) {
  return *static_cast<const M*>(m.payload());
}

/// A request of another version's layout cannot be: these are the runtime's types.
template <class M>
bool is_request(const message& m) {
  return m.key == &key_of<M>();
}

void refuse_call(process& self, const message& m, int code, std::string why) {
  fail_call(self.node(), m.sender, m.tag, code, std::move(why));
}

void answer(process& self, const message& m) {
  reply(from{m.sender, m.tag, self.self()});
}

/// To all, the newest first. False: nothing may be touched any more.
bool tell_all(process& self, const message& m, handler_kind kind) {
  auto& state = event_state_of(self);
  for (std::size_t at = 0; at < state.handlers.size();) {
    bool took = false;
    if (!run_handler_at(self, at, m, kind, took))
      return false;
  }
  return true;
}

/// Whom a request may name as supervisor; null: nobody outside of a process.
pid supervisor_of(const message& m) {
  return m.sender == external_pid ? pid{} : m.sender;
}

void serve_add(process& self, const message& m) {
  const auto& asked = content<add_event_handler>(m);
  if (!self.join(asked.handler.module))
    return;
  const auto supervisor = asked.is_supervised ? supervisor_of(m) : pid{};
  if (asked.is_supervised && !supervisor) {
    return refuse_call(self, m, static_cast<int>(errc::badarg),
                       "only a process can supervise a handler");
  }
  auto refused = check_new_handler(self, asked.handler);
  if (refused.code == 0 &&
      !add_handler(self, m, {asked.handler, asked.args, {}, supervisor},
                   refused)) {
    return;
  }
  if (refused.code != 0)
    return refuse_call(self, m, refused.code, std::move(refused.context));
  answer(self, m);
}

void serve_delete(process& self, const message& m) {
  const auto& asked = content<delete_event_handler>(m);
  auto& state = event_state_of(self);
  const auto at = state.find(asked.handler);
  if (at == state.handlers.size()) {
    return refuse_call(self, m, static_cast<int>(errc::not_found),
                       "no handler " + to_string(asked.handler));
  }
  value last;
  if (!remove_handler(
          self, at,
          {{event_end::cause::deleted, asked.args, {}}, exit_reason::normal()},
          last)) {
    return;
  }
  reply(from{m.sender, m.tag, self.self()}, std::move(last));
}

/// The old one goes, if it is there, and the new one is given what it leaves. The
/// process has joined the new one's gate.
bool swap(process& self, const message& m, const wanted_swap& asked,
          pid supervisor, handler_refusal& refused) {
  refused = check_new_handler(self, asked.to, &asked.from);
  if (refused.code != 0)
    return true;
  auto& state = event_state_of(self);
  value former;
  const auto at = state.find(asked.from);
  if (at < state.handlers.size()) {
    if (!supervisor)
      supervisor = state.handlers[at].supervisor;
    const handler_departure departure{
        {event_end::cause::swapped, asked.from_args, {}},
        {"swapped", to_string(asked.to)},
        asked.to};
    if (!remove_handler(self, at, departure, former))
      return false;
  }
  return add_handler(self, m, {asked.to, asked.to_args, former, supervisor},
                     refused);
}

void serve_swap(process& self, const message& m) {
  const auto& asked = content<swap_event_handler>(m);
  if (!self.join(asked.to.module))
    return;
  const auto supervisor = asked.is_supervised ? supervisor_of(m) : pid{};
  if (asked.is_supervised && !supervisor) {
    return refuse_call(self, m, static_cast<int>(errc::badarg),
                       "only a process can supervise a handler");
  }
  handler_refusal refused;
  if (!swap(self, m, {asked.from, asked.from_args, asked.to, asked.to_args},
            supervisor, refused)) {
    return;
  }
  if (refused.code != 0)
    return refuse_call(self, m, refused.code, std::move(refused.context));
  answer(self, m);
}

/// Those that handlers have asked for; they come back here until each gate is
/// joined.
void serve_wanted_swaps(process& self, const message& m) {
  auto& state = event_state_of(self);
  while (!state.swaps.empty()) {
    if (!self.join(state.swaps.front().to.module))
      return;
    const auto asked = std::move(state.swaps.front());
    state.swaps.erase(state.swaps.begin());
    handler_refusal refused;
    if (!swap(self, m, asked, {}, refused))
      return;
    if (refused.code != 0) {
      self.node().log(
          log_level::error,
          fmt::format("{}: handler {} could not be swapped for {}: {}",
                      to_string(self.self()), to_string(asked.from),
                      to_string(asked.to), refused.context));
    }
  }
  if (const auto caller = std::exchange(state.sync_caller, {}); caller.tag != 0)
    reply(caller);
}

void serve_handler_call(process& self, const message& m) {
  auto& state = event_state_of(self);
  auto at = state.find(*m.to_handler);
  if (at == state.handlers.size()) {
    return refuse_call(self, m, static_cast<int>(errc::not_found),
                       "no handler " + to_string(*m.to_handler));
  }
  bool took = false;
  if (!run_handler_at(self, at, m, handler_kind::call, took) || took)
    return;
  refuse_call(self, m, static_cast<int>(errc::bad_message),
              fmt::format("handler {} has no handle_call for {} of this layout",
                          to_string(*m.to_handler),
                          m.key == nullptr ? "?" : m.key->name));
}

void serve_sync_notify(process& self, const message& m) {
  if (!tell_all(self, m, handler_kind::cast)) {
    if (self.may_go_on())
      refuse_call(self, m, static_cast<int>(errc::noproc), "it ends");
    return;
  }
  auto& state = event_state_of(self);
  if (state.swaps.empty())
    return answer(self, m);
  state.sync_caller = {m.sender, m.tag, self.self()};
  self.owe(state.sync_caller);
}

void serve_call(process& self, const message& m) {
  if (m.to_handler != nullptr)
    return serve_handler_call(self, m);
  if (is_request<add_event_handler>(m))
    return serve_add(self, m);
  if (is_request<delete_event_handler>(m))
    return serve_delete(self, m);
  if (is_request<swap_event_handler>(m))
    return serve_swap(self, m);
  if (is_request<which_event_handlers>(m)) {
    std::vector<event_handler> names;
    for (const auto& one : event_state_of(self).handlers)
      names.push_back(one.name);
    return reply(from{m.sender, m.tag, self.self()}, std::move(names));
  }
  serve_sync_notify(self, m);
}

/// A process that is linked has ended: the handlers that it supervised go.
bool serve_exit(process& self, const message& m) {
  const auto& signal = content<exit_message>(m);
  auto& state = event_state_of(self);
  for (std::size_t at = 0; at < state.handlers.size();) {
    if (state.handlers[at].supervisor != signal.from) {
      ++at;
      continue;
    }
    value last;
    if (!remove_handler(
            self, at,
            {{event_end::cause::supervisor_ended, {}, signal.reason}, {}},
            last)) {
      return false;
    }
  }
  return true;
}

value id_of(const event_handler& one) {
  return one.id.empty() ? value() : value(one.id);
}

value shown(const event_handler& name, value state) {
  return boost::json::object{{"module", name.module},
                             {"id", id_of(name)},
                             {"state", std::move(state)}};
}

/// The state in a row of replace_state, where it is for this handler.
const value* state_for(const value& row, const event_handler& name) {
  const auto* object = row.if_object();
  if (object == nullptr)
    return nullptr;
  const auto* module = object->if_contains("module");
  const auto* id = object->if_contains("id");
  if (module == nullptr || *module != value(name.module) ||
      (id == nullptr ? value() : *id) != id_of(name)) {
    return nullptr;
  }
  return object->if_contains("state");
}

class gen_event_behaviour final : public behaviour {
public:
  const char* name() const override { return "gen_event"; }

  void init(process& self) const override {
    self.set_trap_exit(true);
    self.add_box(new event_manager_state, nullptr, nullptr);
    self.init_succeeded();
  }

  void handle(process& self, message& m) const override {
    switch (m.kind) {
      case message_kind::call:
        serve_call(self, m);
        break;
      case message_kind::cast:
        tell_all(self, m, handler_kind::cast);
        break;
      case message_kind::continuation:
        serve_wanted_swaps(self, m);
        return;
      case message_kind::exit_notice:
        if (!serve_exit(self, m))
          return;
        [[fallthrough]];
      default:
        tell_all(self, m, handler_kind::info);
        break;
    }
    if (self.may_go_on() && !event_state_of(self).swaps.empty())
      self.continue_with(
          make_message(timeout_message{}, message_kind::continuation));
  }

  void terminate(process& self, const exit_reason& why) const override {
    end_handlers(self, why);
  }

  void destroy_state(void* state, const type_node* type) const override {
    if (type == nullptr) {
      delete static_cast<event_manager_state*>(state);
    } else {
      destroy_typed_state(state, *type);
    }
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
    boost::json::array all;
    for (const auto& one : event_state_of(self).handlers) {
      const auto& box = self.current_box(*one.state);
      all.push_back(shown(one.name, to_value(*box.type, box.state)));
    }
    return value(std::move(all));
  }

  /// A handler whose format_status throws has an error instead, as in OTP.
  result<value> shown_state(process& self) const override {
    boost::json::array all;
    for (const auto& one : event_state_of(self).handlers) {
      const auto& box = self.current_box(*one.state);
      const auto& table =
          *static_cast<const gen_event_table*>(box.owner->descriptor.behaviour);
      if (table.format_status == nullptr) {
        all.push_back(shown(one.name, to_value(*box.type, box.state)));
        continue;
      }
      value made;
      callback_error error;
      {
        const callback_scope here(self);
        table.format_status(box.state, made, error);
      }
      auto row = shown(one.name, std::move(made));
      if (error.failed) {
        row.as_object()["state"] = nullptr;
        row.as_object()["error"] = fmt::format("{}:format_status crashed: {}",
                                               box.owner->name, error.text);
      }
      all.push_back(std::move(row));
    }
    return value(std::move(all));
  }

  /// Of each handler that is named; one whose new state is no good, and one that is
  /// not named, keeps its own. As OTP's.
  result<value> replace_state(process& self, const value& to) const override {
    const auto* given = to.if_array();
    if (given == nullptr) {
      return failure(errc::badarg,
                     "the state of an event manager is a list of {\"module\", "
                     "\"id\", \"state\"}");
    }
    const auto& handlers = event_state_of(self).handlers;
    for (const auto& one : handlers) {
      for (const auto& row : *given) {
        const auto* state = state_for(row, one.name);
        if (state == nullptr)
          continue;
        // What is wrong with it is nobody's to hear.
        (void)replace_typed_state(self.writable_box(*one.state), *state);
        break;
      }
    }
    return state(self);
  }

  result<value> status(process& self) const override {
    boost::json::array all;
    for (const auto& one : event_state_of(self).handlers) {
      all.push_back(boost::json::object{
          {"module", one.name.module},
          {"id", id_of(one.name)},
          {"vsn", self.current_box(*one.state).owner->vsn},
          {"supervisor",
           one.supervisor ? value(to_string(one.supervisor)) : value()}});
    }
    return value(boost::json::object{{"handlers", std::move(all)}});
  }
};

}  // namespace

std::string to_string(const event_handler& one) {
  return one.id.empty() ? one.module : one.module + " " + one.id;
}

const behaviour& gen_event_loop() {
  static const gen_event_behaviour loop;
  return loop;
}

namespace detail {

message_ptr address(message_ptr m, const event_handler& to) {
  m->to_handler = std::make_unique<const event_handler>(to);
  return m;
}

}  // namespace detail

namespace event {
namespace {

event_manager_state& running_manager() {
  auto& self = current_process();
  if (&self.loop() != &gen_event_loop())
    throw std::logic_error("only a callback of an event handler may go");
  return event_state_of(self);
}

}  // namespace

void leave() {
  running_manager().wants_to_leave = true;
}

void hand_over(value own_args, const event_handler& to, value to_args) {
  running_manager().wants_to_hand_over =
      wanted_swap{{}, std::move(own_args), to, std::move(to_args)};
}

}  // namespace event
}  // namespace instar
