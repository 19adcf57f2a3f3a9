// From the callbacks of a gen_statem to its table.
#pragma once

#include "module/type_walk.hpp"
#include "runtime/gen_statem.hpp"
#include "runtime/gen_statem_table.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

#include <stdexcept>
#include <string>

namespace instar::detail {

template <class Module>
concept is_gen_statem = requires {
  Module::state_field;
};

template <class Module>
using statem_state =
    std::remove_cvref_t<decltype(std::declval<typename Module::state_type&>().*
                                 Module::state_field)>;

/// For handlers of all states.
struct any_state {};

/// Calls a handler for events in `Tag`, where there is one.
template <class Server, class M, class Tag>
struct event_call {
  using state = typename Server::state_type;

  template <class... A>
  static constexpr bool takes = requires(state& s, const M& m, const A&... a) {
    Server::handle_event(a..., s, m);
  };
  template <class... A>
  static constexpr bool takes_event = requires(state& s, const M& m,
                                               const event_info& e,
                                               const A&... a) {
    Server::handle_event(a..., s, m, e);
  };
  static constexpr bool is_any = std::is_same_v<Tag, any_state>;
  static constexpr bool exists = [] {
    if constexpr (is_any) {
      return takes<> || takes_event<>;
    } else {
      return takes<Tag> || takes_event<Tag>;
    }
  }();

  decltype(auto) operator()(handler_context& context) const {
    auto& s = *static_cast<state*>(context.state);
    const auto& m = *static_cast<const M*>(context.message);
    if constexpr (is_any) {
      if constexpr (takes_event<>) {
        return Server::handle_event(s, m, handled_event(context.self));
      } else {
        return Server::handle_event(s, m);
      }
    } else {
      if constexpr (takes_event<Tag>) {
        return Server::handle_event(Tag{}, s, m, handled_event(context.self));
      } else {
        return Server::handle_event(Tag{}, s, m);
      }
    }
  }
};

template <class Server, class Tag>
concept enters = requires(typename Server::state_type& s,
                          const statem_state<Server>& old) {
  Server::enter(Tag{}, s, old);
};
template <class Server>
concept enters_any = requires(typename Server::state_type& s,
                              const statem_state<Server>& old) {
  Server::enter(s, old);
};

/// Runs `body(in<S>{})` for the state S that the machine is in; false where the
/// field is no described enumeration, or holds none of its values.
template <class S, class Body>
bool with_state(const S& now, Body body) {
  bool is_found = false;
  if constexpr (boost::describe::has_describe_enumerators<S>::value) {
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<S>>(
        [&](auto one) {
          if (!is_found && now == one.value)
            is_found = body(in<decltype(one)::value>{});
        });
  }
  return is_found;
}

template <class S>
std::string name_of_state(const S& now) {
  std::string name = "this one";
  if constexpr (boost::describe::has_describe_enumerators<S>::value) {
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<S>>(
        [&](auto one) {
          if (now == one.value)
            name = one.name;
        });
  }
  return name;
}

template <class Server>
struct statem_machine {
  using state = typename Server::state_type;
  using at_type = statem_state<Server>;

  static at_type& at(handler_context& context) {
    return static_cast<state*>(context.state)->*Server::state_field;
  }

  template <class Returned>
  static void take_entered(process& self, Returned&& asked) {
    take_actions(self, false, std::forward<Returned>(asked).taken());
  }
  static void enter(handler_context& context, const at_type& old) {
    if constexpr (mentions_enter<Server>) {
      if (context.self.is_debugged())
        tell_state(context.self, shown(context), true);
      call_enter(context, old);
    }
  }
  static void call_enter(handler_context& context, const at_type& old) {
    auto& s = *static_cast<state*>(context.state);
    const auto call = [&](auto... tag) {
      if constexpr (std::is_void_v<decltype(Server::enter(tag..., s, old))>) {
        Server::enter(tag..., s, old);
      } else {
        take_entered(context.self, Server::enter(tag..., s, old));
      }
    };
    const at_type now = at(context);
    const bool is_done = with_state(now, [&](auto tag) {
      if constexpr (enters<Server, decltype(tag)>) {
        call(tag);
        return true;
      } else {
        return false;
      }
    });
    if constexpr (enters_any<Server>) {
      if (!is_done)
        call();
    }
    check_unmoved(at(context), now);
  }
  static value shown(handler_context& context) {
    return to_value(type_of<at_type>(), &at(context));
  }
  static void check_unmoved(const at_type& now, const at_type& before) {
    if (!(now == before)) {
      throw std::logic_error(
          "the state field was written to; next_state() changes it");
    }
  }

  /// After a handler.
  static void finish(handler_context& context, const at_type& before) {
    check_unmoved(at(context), before);
    if (context.self.is_debugged())
      tell_state(context.self, shown(context), false);
    take_actions(context.self, false, {});
  }
  template <class Asked>
  static void finish(handler_context& context, const at_type& before,
                     Asked asked) {
    check_unmoved(at(context), before);
    if constexpr (std::is_same_v<Asked, actions>) {
      take_actions(context.self, false, std::move(asked).taken());
    } else {
      finish_step(context, before, step<at_type>(std::move(asked)));
    }
  }
  static void finish_step(handler_context& context, const at_type& before,
                          step<at_type> done) {
    const bool is_changed = done.to && !(*done.to == before);
    if (is_changed)
      at(context) = *done.to;
    const bool is_entered = is_changed || done.is_repeated;
    if (context.self.is_debugged())
      tell_state(context.self, shown(context), false);
    take_actions(context.self, is_changed, std::move(done).taken());
    if (is_entered)
      enter(context, before);
  }

  template <class Call>
  static handler_frame drive(handler_context context) {
    using value_type =
        task_value_t<std::invoke_result_t<Call, handler_context&>>;
    const at_type before = at(context);
    if constexpr (std::is_void_v<value_type>) {
      co_await Call{}(context);
      finish(context, before);
    } else {
      auto asked = co_await Call{}(context);
      finish(context, before, std::move(asked));
    }
  }
  template <class Call>
  static void run(handler_context& context) {
    using returned = std::invoke_result_t<Call, handler_context&>;
    if constexpr (is_task<returned>) {
      start_frame(drive<Call>(context).frame);
    } else {
      const at_type before = at(context);
      if constexpr (std::is_void_v<returned>) {
        Call{}(context);
        finish(context, before);
      } else {
        finish(context, before, Call{}(context));
      }
    }
  }

  template <class M>
  static void invoke(handler_context& context) noexcept {
    try {
      const bool is_done = with_state(at(context), [&](auto tag) {
        using call = event_call<Server, M, decltype(tag)>;
        if constexpr (call::exists) {
          run<call>(context);
          return true;
        } else {
          return false;
        }
      });
      if (is_done)
        return;
      using call = event_call<Server, M, any_state>;
      if constexpr (call::exists) {
        run<call>(context);
      } else {
        throw std::logic_error("no handle_event for " +
                               std::string(type_of<M>().name) +
                               " in the state " + name_of_state(at(context)));
      }
    } catch (...) {
      note_exception(context.error);
    }
  }
};

template <class M>
constexpr const type_node* reply_type_node() {
  if constexpr (requires { typename M::reply; }) {
    return reply_node<typename M::reply>();
  } else {
    return nullptr;
  }
}

template <class Server, class List>
struct event_table;
template <class Server, class... M>
struct event_table<Server, type_list<M...>> {
  static constexpr std::size_t kinds = 4;
  static constexpr std::size_t count = sizeof...(M) * kinds;
  static constexpr auto entries = [] {
    std::array<handler_entry, count + 1> made{};
    [[maybe_unused]] std::size_t at = 0;
    const auto add = [&]<class One>(std::type_identity<One>) {
      for (const auto kind : {handler_kind::call, handler_kind::cast,
                              handler_kind::info, handler_kind::continue_}) {
        // The answer comes with an action.
        made[at++] = {kind, &type_of<One>(), nullptr,
                      statem_machine<Server>::template invoke<One>};
      }
    };
    (add(std::type_identity<M>{}), ...);
    return made;
  }();
  static constexpr auto rows = [] {
    std::array<message_row, count + 1> made{};
    [[maybe_unused]] std::size_t at = 0;
    const auto add = [&]<class One>(std::type_identity<One>) {
      for (const auto kind : {handler_kind::call, handler_kind::cast,
                              handler_kind::info, handler_kind::continue_}) {
        made[at++] = {
            kind, &type_of<One>(),
            kind == handler_kind::call ? reply_type_node<One>() : nullptr};
      }
    };
    (add(std::type_identity<M>{}), ...);
    return made;
  }();
};

template <class Server>
struct gen_statem_functions {
  using state = typename Server::state_type;
  static_assert(
      requires { typename Server::messages; },
      "a gen_statem lists its events: `using messages = "
      "instar::messages<...>`");
  using table =
      event_table<Server, decltype(as_type_list(typename Server::messages{}))>;

  static void init(void* storage, const value& args,
                   callback_error& error) noexcept {
    try {
      using made_type = decltype(Server::init(args));
      if constexpr (std::is_same_v<made_type, state> ||
                    std::is_same_v<made_type, std::optional<state>>) {
        make_state<Server>(storage, args, error);
      } else {
        initial<state> made = Server::init(args);
        take_first_actions(std::move(made).taken());
        ::new (storage) state(std::move(made.state));
      }
    } catch (...) {
      note_exception(error);
    }
  }
  static void enter(handler_context& context) noexcept {
    try {
      using machine = statem_machine<Server>;
      const auto now = machine::at(context);
      machine::enter(context, now);
    } catch (...) {
      note_exception(context.error);
    }
  }

  static constexpr gen_statem_table behaviour{
      {init, terminate_function<Server>::pointer,
       status_function<Server>::pointer, table::entries.data(), table::count},
      enter};
};

}  // namespace instar::detail
