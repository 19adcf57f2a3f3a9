// gen_event: a handler of an event manager, as the callback module of a typed
// state. As OTP's gen_event.
//
//   struct audit : instar::gen_event<state> {
//     static state init(const instar::value& args);
//     static void handle_event(state&, const login&);
//     static std::int64_t handle_call(state&, const count&, const instar::from&);
//     static instar::value terminate(state&, const instar::event_end& why);
//     using messages = instar::messages<login, count>;   // where a name is
//     overloaded
//   };
//   INSTAR_MODULE(audit)
//
// Only what it has a handler for reaches it. Optional: `init(args, former)`, for a
// swap; handle_info; code_change and format_status, as a gen_server's. A callback returns at once: it
// is no coroutine, for the other handlers wait for it. What it throws removes the
// handler, not its event manager. It asks to go by `instar::event::leave()`.
#pragma once

#include "runtime/event_manager.hpp"
#include "runtime/gen_event_table.hpp"
#include "runtime/gen_server.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace instar {

template <class State>
struct gen_event {
  using state_type = State;
  using is_gen_event = void;
};

namespace detail {

template <class Module>
concept is_gen_event = requires {
  typename Module::is_gen_event;
};

template <class Handler, class List>
struct detect_handle_event {
  using type = List;
};
template <class Handler, class List>
  requires requires {
    &Handler::handle_event;
  }
struct detect_handle_event<Handler, List>
    : add_type<List, typename second_argument<
                         decltype(&Handler::handle_event)>::type> {};

struct named_handle_event {
  void handle_event();
};
template <class Handler>
struct probe_handle_event : Handler, named_handle_event {};
template <class Handler>
concept overloads_handle_event = !requires {
  &probe_handle_event<Handler>::handle_event;
}
&&!requires {
  &Handler::handle_event;
};

template <class Handler>
struct event_message_list {
  static_assert(!overloads_handle_event<Handler> &&
                    !overloads_handle_call<Handler> &&
                    !overloads_handle_info<Handler>,
                "a handler is overloaded: list the message types with "
                "`using messages = instar::messages<...>`");
  using a = typename detect_handle_event<Handler, type_list<>>::type;
  using b = typename detect_handle_call<Handler, a>::type;
  using type = typename detect_handle_info<Handler, b>::type;
};
template <class Handler>
  requires requires {
    typename Handler::messages;
  }
struct event_message_list<Handler> {
  using type = decltype(as_type_list(typename Handler::messages{}));
};

template <class Handler, class M>
concept has_handle_event = requires(typename Handler::state_type& s,
                                    const M& m) {
  Handler::handle_event(s, m);
};

template <class Handler, class M>
struct invoke_handle_event {
  decltype(auto) operator()(handler_context& context) const {
    return Handler::handle_event(
        *static_cast<typename Handler::state_type*>(context.state),
        *static_cast<const M*>(context.message));
  }
};

template <class Handler, class List>
struct event_handler_table;
template <class Handler, class... M>
struct event_handler_table<Handler, type_list<M...>> {
  template <class T>
  static constexpr std::size_t count_of() {
    return std::size_t{has_handle_event<Handler, T>} +
           std::size_t{has_handle_call<Handler, T>} +
           std::size_t{has_handle_info<Handler, T>};
  }
  static constexpr std::size_t count = (count_of<M>() + ... + 0);
  static_assert(((count_of<M>() > 0) && ...),
                "a type in `messages` has no handle_event, handle_call or "
                "handle_info of the right signature");

  template <class Invoke, class T>
  static constexpr handler_entry entry(handler_kind kind) {
    static_assert(!is_task<typename run_handler<Invoke>::returned>,
                  "a callback of an event handler cannot wait: the other "
                  "handlers come after it");
    return {kind, &type_of<T>(),
            kind == handler_kind::call
                ? reply_node<typename run_handler<Invoke>::value_type>()
                : nullptr,
            run_handler<Invoke>::invoke};
  }
  template <class T, class Array>
  static constexpr void add(Array& entries, std::size_t& at) {
    if constexpr (has_handle_event<Handler, T>) {
      entries[at++] =
          entry<invoke_handle_event<Handler, T>, T>(handler_kind::cast);
    }
    if constexpr (has_handle_call<Handler, T>) {
      entries[at++] =
          entry<invoke_handle_call<Handler, T>, T>(handler_kind::call);
    }
    if constexpr (has_handle_info<Handler, T>) {
      entries[at++] =
          entry<invoke_handle_info<Handler, T>, T>(handler_kind::info);
    }
  }
  static constexpr auto entries = [] {
    std::array<handler_entry, count + 1> made{};  // never of size zero
    [[maybe_unused]] std::size_t at = 0;
    (add<M>(made, at), ...);
    return made;
  }();
};

template <class Handler>
struct gen_event_functions {
  using state = typename Handler::state_type;

  static void init(void* storage, const value& args, const value& former,
                   callback_error& error) noexcept {
    try {
      if constexpr (requires { Handler::init(args, former); }) {
        // Also where it takes nobody's place, unless it has another init for that.
        if constexpr (requires { Handler::init(args); }) {
          if (former.is_null()) {
            ::new (storage) state(Handler::init(args));
            return;
          }
        }
        ::new (storage) state(Handler::init(args, former));
      } else {
        ::new (storage) state(Handler::init(args));
      }
    } catch (...) {
      note_exception(error);
    }
  }
  static void terminate(void* at, const event_end& why, value& last,
                        callback_error& error) noexcept {
    try {
      if constexpr (has_terminate) {
        using returned =
            decltype(Handler::terminate(*static_cast<state*>(at), why));
        if constexpr (std::is_void_v<returned>) {
          Handler::terminate(*static_cast<state*>(at), why);
        } else {
          last = Handler::terminate(*static_cast<state*>(at), why);
        }
      }
    } catch (...) {
      note_exception(error);
    }
  }

  static void format_status(const void* at, value& shown,
                            callback_error& error) noexcept {
    try {
      if constexpr (has_format_status)
        shown = Handler::format_status(*static_cast<const state*>(at));
    } catch (...) {
      note_exception(error);
    }
  }
  static constexpr bool has_format_status = requires(const state& s) {
    Handler::format_status(s);
  };

  using table =
      event_handler_table<Handler, typename event_message_list<Handler>::type>;
  static constexpr auto message_rows = [] {
    std::array<message_row, table::count + 1> made{};
    for (std::size_t i = 0; i < table::count; ++i) {
      const auto& one = table::entries[i];
      made[i] = {one.kind, one.message, one.reply};
    }
    return made;
  }();
  static constexpr bool has_terminate =
      requires(state & s, const event_end& why) {
    Handler::terminate(s, why);
  };
  static constexpr gen_event_table behaviour{
      init, has_terminate ? terminate : nullptr, table::entries.data(),
      table::count, has_format_status ? format_status : nullptr};
};

}  // namespace detail
}  // namespace instar
