// The loop of a supervisor. Its callback module owns the box, whose state is
// the runtime's. While it starts or ends a child it waits, and serves nothing
// else.
#include "runtime/activation.hpp"
#include "runtime/behaviours.hpp"
#include "runtime/context.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/supervisor_children.hpp"
#include "runtime/supervisor_table.hpp"
#include "runtime/transition.hpp"

#include <boost/json/value_from.hpp>

#include <fmt/format.h>

#include <limits>

namespace instar {
namespace {

using detail::handler_frame;

// g++ 12 destroys the value of a co_await inside a conditional expression twice: so
// each co_await here stands in a statement of its own.
handler_frame start_all(process& self) {
  std::string error;
  if (!state_of(self).is_simple())
    error = co_await start_children(self, 0);
  if (error.empty()) {
    self.init_succeeded();
  } else {
    co_await end_children(self, 0);
    self.init_failed(std::move(error));
  }
}

handler_frame serve_exit(process& self, exit_message m) {
  co_await on_child_exit(self, m.from, std::move(m.reason));
}

handler_frame shut_down(process& self, exit_reason why) {
  co_await end_children(self, 0);
  self.stop(std::move(why));
}

template <class Reply>
handler_frame answer(process& self, from caller,
                     task<Reply> (*serve)(process&, message&), message& m) {
  (void)self;
  auto made = co_await serve(self, m);
  reply(caller, std::move(made));
}

template <class M>
const M& content(const message& m) {
  return *static_cast<const M*>(m.payload());
}

child_reply error_reply(const char* error) {
  return {error, {}, {}};
}

task<child_reply> serve_start_child(process& self, message& m) {
  if (state_of(self).is_simple())
    co_return error_reply("simple_one_for_one");
  const auto spec = content<start_child>(m).spec;
  if (const auto* known = state_of(self).find(spec.id)) {
    co_return child_reply{
        known->process ? "already_started" : "already_present",
        {},
        known->process};
  }
  if (auto fits = check_child_spec(state_of(self).flags, spec); !fits)
    co_return child_reply{"bad_child_spec", fits.error().context, {}};
  auto reply = co_await start_process(self, spec, spec.start.args);
  const bool is_kept = reply.child || spec.restart != restart_type::temporary;
  if (reply.error.empty() && is_kept) {
    state_of(self).children.push_back({spec, reply.child, false, false});
  }
  co_return reply;
}

task<child_reply> serve_start_dynamic(process& self, message& m) {
  if (!state_of(self).is_simple())
    co_return error_reply("not_found");
  auto args = content<start_dynamic_child>(m).args;
  const auto spec = state_of(self).children.front().spec;
  auto reply =
      co_await start_process(self, spec, merged_args(spec.start.args, args));
  if (reply.error.empty() && reply.child) {
    state_of(self).dynamic_children.emplace(reply.child, std::move(args));
  }
  co_return reply;
}

task<child_reply> serve_terminate_child(process& self, message& m) {
  const auto& request = content<terminate_child>(m);
  auto& state = state_of(self);
  if (state.is_simple()) {
    if (state.dynamic_children.erase(request.child) == 0) {
      co_return error_reply("not_found");
    }
    co_await end_process(self, request.child,
                         shutdown_of(state.children.front().spec));
    co_return child_reply{};
  }
  auto* child = state.find(request.id);
  if (child == nullptr)
    co_return error_reply("not_found");
  child->is_restarting = false;
  if (const auto gone = std::exchange(child->process, pid{})) {
    const bool temporary = child->spec.restart == restart_type::temporary;
    const auto shutdown = shutdown_of(child->spec);
    co_await end_process(self, gone, shutdown);
    if (temporary) {
      auto& list = state_of(self).children;
      std::erase_if(list,
                    [&](const auto& one) { return one.spec.id == request.id; });
    }
  }
  co_return child_reply{};
}

task<child_reply> serve_restart_child(process& self, message& m) {
  const auto& id = content<restart_child>(m).id;
  if (state_of(self).is_simple())
    co_return error_reply("simple_one_for_one");
  const auto* child = state_of(self).find(id);
  if (child == nullptr)
    co_return error_reply("not_found");
  if (child->process)
    co_return error_reply("running");
  if (child->is_restarting)
    co_return error_reply("restarting");
  const auto spec = child->spec;
  auto reply = co_await start_process(self, spec, spec.start.args);
  if (reply.error.empty()) {
    if (auto* started = state_of(self).find(id)) {
      started->process = reply.child;
    }
  }
  co_return reply;
}

task<child_reply> serve_delete_child(process& self, message& m) {
  const auto& id = content<delete_child>(m).id;
  auto& state = state_of(self);
  if (state.is_simple())
    co_return error_reply("simple_one_for_one");
  const auto* child = state.find(id);
  if (child == nullptr)
    co_return error_reply("not_found");
  if (child->process)
    co_return error_reply("running");
  if (child->is_restarting)
    co_return error_reply("restarting");
  std::erase_if(state.children,
                [&](const auto& one) { return one.spec.id == id; });
  co_return child_reply{};
}

std::vector<std::string> modules_of(const child_spec& spec) {
  if (spec.dynamic)
    return {};
  return spec.modules.empty() ? std::vector{spec.start.module} : spec.modules;
}

std::vector<child_info> list_children(
    supervisor_state& state,
    std::size_t limit = std::numeric_limits<std::size_t>::max()) {
  std::vector<child_info> found;
  for (const auto& [child, args] : state.dynamic_children) {
    if (found.size() == limit)
      break;
    const auto& spec = state.children.front().spec;
    found.push_back(
        {"undefined", child, false, spec.type, modules_of(spec), spec.dynamic});
  }
  if (state.is_simple())
    return found;
  for (const auto& child : state.children) {
    if (found.size() == limit)
      break;
    found.push_back({child.spec.id, child.process, child.is_restarting,
                     child.spec.type, modules_of(child.spec),
                     child.spec.dynamic});
  }
  return found;
}

get_childspec::answer find_spec(supervisor_state& state,
                                const get_childspec& of) {
  if (state.is_simple()) {
    if (state.dynamic_children.contains(of.child))
      return {{}, state.children.front().spec};
    return {"not_found", {}};
  }
  const auto* child = of.id.empty() ? state.find(of.child) : state.find(of.id);
  if (child == nullptr)
    return {"not_found", {}};
  return {{}, child->spec};
}

child_counts count(const supervisor_state& state) {
  child_counts sum;
  const auto add = [&](const child_spec& spec, bool is_running,
                       std::uint64_t times) {
    (spec.type == child_type::worker ? sum.workers : sum.supervisors) += times;
    if (is_running)
      sum.active += times;
  };
  sum.specs = state.children.size();
  for (const auto& child : state.children) {
    if (state.is_simple()) {
      add(child.spec, true, state.dynamic_children.size());
    } else {
      add(child.spec, static_cast<bool>(child.process), 1);
    }
  }
  return sum;
}

class supervisor_behaviour final : public behaviour {
public:
  const char* name() const override { return "supervisor"; }

  void init(process& self) const override {
    const auto pin = self.node().code().pin_current(self.start().module);
    auto* owner = pin.get();
    if (owner == nullptr ||
        owner->descriptor.kind != behaviour_kind::supervisor) {
      self.init_failed("module " + self.start().module +
                       " is not loaded, or is no supervisor");
      return;
    }
    self.set_trap_exit(true);
    auto made = ask_init(*owner, self.start().args);
    if (!made) {
      self.init_failed(made.error().message());
      return;
    }
    self.add_box(new supervisor_state(std::move(*made)), nullptr, owner);
    detail::start_frame(start_all(self).frame);
  }

  void handle(process& self, message& m) const override {
    self.writable_box();
    if (self.is_stopping())
      return;
    if (m.kind == message_kind::exit_notice) {
      detail::start_frame(serve_exit(self, content<exit_message>(m)).frame);
      return;
    }
    if (m.kind != message_kind::call)
      return;
    const from caller{m.sender, m.tag, self.self()};
    const auto serve = [&](auto function) {
      self.owe(caller);
      detail::start_frame(answer(self, caller, function, m).frame);
    };
    if (m.key == &key_of<start_child>())
      return serve(serve_start_child);
    if (m.key == &key_of<start_dynamic_child>()) {
      return serve(serve_start_dynamic);
    }
    if (m.key == &key_of<terminate_child>()) {
      return serve(serve_terminate_child);
    }
    if (m.key == &key_of<restart_child>())
      return serve(serve_restart_child);
    if (m.key == &key_of<delete_child>())
      return serve(serve_delete_child);
    if (m.key == &key_of<which_children>()) {
      return reply(caller, list_children(state_of(self)));
    }
    if (m.key == &key_of<get_childspec>()) {
      return reply(caller,
                   find_spec(state_of(self), content<get_childspec>(m)));
    }
    if (m.key == &key_of<count_children>()) {
      return reply(caller, count(state_of(self)));
    }
    fail_call(self.node(), m.sender, m.tag, static_cast<int>(errc::bad_message),
              "a supervisor has no answer to " + m.key->name);
  }

  bool on_stop(process& self, const exit_reason& why) const override {
    if (self.box_count() == 0)
      return true;
    detail::start_frame(shut_down(self, why).frame);
    return false;
  }

  void terminate(process& self, const exit_reason& why) const override {
    // Children that are left (it was killed) end with it, as linked processes
    // do.
    auto& state = state_of(self);
    const auto end = [&](pid child) {
      if (child)
        self.node().send_exit(self.self(), child, why);
    };
    for (const auto& child : state.children)
      end(child.process);
    for (const auto& [child, args] : state.dynamic_children)
      end(child);
  }
  bool terminates_when_killed() const override { return true; }
  bool may_cut_off() const override { return false; }

  void destroy_state(void* state, const type_node*) const override {
    delete static_cast<supervisor_state*>(state);
  }

  result<converted_state> convert(process& self, const box&,
                                  const transition& by) const override {
    auto made = ask_init(by.to, self.start().args);
    if (!made) {
      return failure(
          errc::code_change_failed,
          fmt::format("{} {} in supervisor {}{}{}: {}", by.to.name, by.to.vsn,
                      to_string(self.self()), self.name().empty() ? "" : " ",
                      self.name(), made.error().message()));
    }
    return converted_state{new supervisor_state(std::move(*made)), nullptr};
  }

  void adopted(process&, void* old_state, void* new_state,
               const transition&) const override {
    take_over_children(*static_cast<supervisor_state*>(new_state),
                       *static_cast<supervisor_state*>(old_state));
  }

  result<value> state(process& self) const override {
    auto& state = state_of(self);
    boost::json::array rows;
    for (const auto& child : list_children(state)) {
      rows.push_back(boost::json::object{{"id", child.id},
                                         {"pid", to_string(child.child)}});
    }
    return value(boost::json::object{
        {"strategy", boost::describe::enum_to_string(state.flags.strategy, "")},
        {"intensity", state.flags.intensity},
        {"period", state.flags.period.count()},
        {"children", std::move(rows)}});
  }

  result<value> replace_state(process& self, const value&) const override {
    return failure(errc::not_supported,
                   to_string(self.self()) +
                       " is a supervisor: its state is the runtime's");
  }

  result<value> status(process& self) const override {
    const auto& state = state_of(self);
    return value(boost::json::object{
        {"child_count", state.is_simple() ? state.dynamic_children.size()
                                          : state.children.size()}});
  }

  result<value> children(process& self, std::size_t limit) const override {
    boost::json::array rows;
    for (const auto& child : list_children(state_of(self), limit)) {
      boost::json::array modules(child.modules.begin(), child.modules.end());
      rows.push_back(boost::json::object{
          {"id", child.id},
          {"pid", child.child ? value(to_string(child.child)) : value()},
          {"restarting", child.is_restarting},
          {"type", child.type == child_type::worker ? "worker" : "supervisor"},
          {"modules", std::move(modules)},
          {"dynamic", child.dynamic}});
    }
    return value(std::move(rows));
  }
};

}  // namespace

result<supervisor_state> ask_init(const instance& owner, const value& args) {
  const auto& table =
      *static_cast<const supervisor_table*>(owner.descriptor.behaviour);
  supervisor_spec spec;
  callback_error error;
  table.init(spec, args, error);
  if (error.failed)
    return failure(errc::init_failed, error.text);
  return make_supervisor_state(std::move(spec));
}

const behaviour& supervisor_loop() {
  static const supervisor_behaviour loop;
  return loop;
}

}  // namespace instar
