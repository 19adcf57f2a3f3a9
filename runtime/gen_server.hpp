// gen_server: a server of typed messages with a typed state. As OTP's
// gen_server.
//
//   struct counter : instar::gen_server<state> {
//     static state init(const instar::value& args);
//     static std::int64_t handle_call(state&, const get&, const instar::from&);
//     static void handle_cast(state&, const add&);
//     using messages = instar::messages<get, add>;   // where a name is
//     overloaded
//   };
//   INSTAR_MODULE(counter)
//
// A handle_call returns the reply, or void and replies later (`instar::reply`).
// An optional `static instar::value format_status(const state&)` says what
// sys::get_status shows of the state, where not all of it may be seen.
// Any handler may be a coroutine (`task<T>`), to `co_await instar::call(...)`.
// What a callback throws ends the process; its supervisor decides.
#pragma once

#include "module/type_of.hpp"
#include "runtime/context.hpp"
#include "runtime/gen_server_table.hpp"
#include "runtime/process.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace instar {

template <class State>
struct gen_server {
  using state_type = State;
};

/// The message types of a module whose handlers are overloaded.
template <class... Message>
struct messages {};
/// The older states that a module's code_change accepts, where it is
/// overloaded.
template <class... State>
struct old_states {};

namespace detail {

template <class F>
struct second_argument {};
template <class R, class A, class B, class... C>
struct second_argument<R (*)(A, B, C...)> {
  using type = std::remove_cvref_t<B>;
};
template <class F>
struct first_argument {};
template <class R, class A, class... C>
struct first_argument<R (*)(A, C...)> {
  using type = std::remove_cvref_t<A>;
};

template <class... T>
struct type_list {};
template <class List, class T>
struct add_type;
template <class... L, class T>
struct add_type<type_list<L...>, T> {
  using type = std::conditional_t<(std::is_same_v<L, T> || ...),
                                  type_list<L...>, type_list<L..., T>>;
};

// A handler that is not overloaded says itself which message it takes.
#define INSTAR_DETECT_HANDLER(callback)          \
  template <class Server, class List>            \
  struct detect_##callback {                     \
    using type = List;                           \
  };                                             \
  template <class Server, class List>            \
    requires requires {                          \
      &Server::callback;                         \
    }                                            \
  struct detect_##callback<Server, List>         \
      : add_type<List, typename second_argument< \
                           decltype(&Server::callback)>::type> {}
INSTAR_DETECT_HANDLER(handle_call);
INSTAR_DETECT_HANDLER(handle_cast);
INSTAR_DETECT_HANDLER(handle_info);
INSTAR_DETECT_HANDLER(handle_continue);
#undef INSTAR_DETECT_HANDLER

// Whether a server has a member of this name at all, overloaded or not: with the
// name of a second base it becomes ambiguous.
#define INSTAR_DETECT_NAME(callback)                                        \
  struct named_##callback {                                                 \
    void callback();                                                        \
  };                                                                        \
  template <class Server>                                                   \
  struct probe_##callback : Server, named_##callback {};                    \
  template <class Server>                                                   \
  concept mentions_##callback = !requires {                                 \
    &probe_##callback<Server>::callback;                                    \
  };                                                                        \
  template <class Server>                                                   \
  concept overloads_##callback = mentions_##callback<Server> && !requires { \
    &Server::callback;                                                      \
  }
INSTAR_DETECT_NAME(handle_call);
INSTAR_DETECT_NAME(handle_cast);
INSTAR_DETECT_NAME(handle_info);
INSTAR_DETECT_NAME(handle_continue);
INSTAR_DETECT_NAME(code_change);
INSTAR_DETECT_NAME(code_change_down);
INSTAR_DETECT_NAME(enter);
INSTAR_DETECT_NAME(system_code_change);
INSTAR_DETECT_NAME(system_code_change_down);
#undef INSTAR_DETECT_NAME

template <class Server>
struct message_list {
  static_assert(!overloads_handle_call<Server> &&
                    !overloads_handle_cast<Server> &&
                    !overloads_handle_info<Server> &&
                    !overloads_handle_continue<Server>,
                "a handler is overloaded: list the message types with "
                "`using messages = instar::messages<...>`");
  using a = typename detect_handle_call<Server, type_list<>>::type;
  using b = typename detect_handle_cast<Server, a>::type;
  using c = typename detect_handle_info<Server, b>::type;
  using type = typename detect_handle_continue<Server, c>::type;
};
template <class... M>
type_list<M...> as_type_list(messages<M...>);
template <class Server>
  requires requires {
    typename Server::messages;
  }
struct message_list<Server> {
  using type = decltype(as_type_list(typename Server::messages{}));
};

inline void note_exception(callback_error& error) noexcept {
  error.failed = true;
  try {
    throw;
  } catch (const std::exception& thrown) {
    error.text = thrown.what();
  } catch (...) {
    error.text = "an exception of an unknown type";
  }
}

template <class Server, class M>
concept has_handle_call = requires(typename Server::state_type& s, const M& m,
                                   const from& f) {
  Server::handle_call(s, m, f);
};
template <class Server, class M>
concept has_handle_cast = requires(typename Server::state_type& s, const M& m) {
  Server::handle_cast(s, m);
};
template <class Server, class M>
concept has_handle_info = requires(typename Server::state_type& s, const M& m) {
  Server::handle_info(s, m);
};
template <class Server, class M>
concept has_handle_continue = requires(typename Server::state_type& s,
                                       const M& m) {
  Server::handle_continue(s, m);
};

/// Calls one handler and answers with what it returns.
template <class Invoke>
struct run_handler {
  using returned = std::invoke_result_t<Invoke, handler_context&>;
  using value_type = task_value_t<returned>;

  // The context is copied into the frame: the handler, a coroutine, refers to
  // it after it has waited.
  static handler_frame drive(handler_context context) {
    if constexpr (std::is_void_v<value_type>) {
      co_await Invoke{}(context);
    } else {
      auto answer = co_await Invoke{}(context);
      if (context.caller.tag != 0)
        reply(context.caller, std::move(answer));
    }
  }

  static void invoke(handler_context& context) noexcept {
    try {
      if constexpr (is_task<returned>) {
        start_frame(drive(context).frame);
      } else if constexpr (std::is_void_v<returned>) {
        Invoke{}(context);
      } else {
        auto answer = Invoke{}(context);
        if (context.caller.tag != 0)
          reply(context.caller, std::move(answer));
      }
    } catch (...) {
      note_exception(context.error);
    }
  }
};

#define INSTAR_INVOKE(name, ...)                                               \
  template <class Server, class M>                                             \
  struct invoke_##name {                                                       \
    decltype(auto) operator()(handler_context& context) const {                \
      auto& state = *static_cast<typename Server::state_type*>(context.state); \
      auto& m = *static_cast<M*>(context.message);                             \
      return Server::name(state, m __VA_OPT__(, ) __VA_ARGS__);                \
    }                                                                          \
  }
INSTAR_INVOKE(handle_call, context.caller);
INSTAR_INVOKE(handle_cast);
INSTAR_INVOKE(handle_info);
INSTAR_INVOKE(handle_continue);
#undef INSTAR_INVOKE

template <class T>
constexpr const type_node* reply_node() {
  if constexpr (std::is_void_v<T>) {
    return nullptr;
  } else {
    return &type_of<T>();
  }
}

template <class Server, class List>
struct handler_table;
template <class Server, class... M>
struct handler_table<Server, type_list<M...>> {
  template <class T>
  static constexpr std::size_t count_of() {
    return std::size_t{has_handle_call<Server, T>} +
           std::size_t{has_handle_cast<Server, T>} +
           std::size_t{has_handle_info<Server, T>} +
           std::size_t{has_handle_continue<Server, T>};
  }
  static constexpr std::size_t count = (count_of<M>() + ... + 0);
  static_assert(((count_of<M>() > 0) && ...),
                "a type in `messages` has no handle_call, handle_cast, "
                "handle_info or handle_continue of the right signature");

  template <class Invoke, class T>
  static constexpr handler_entry entry(handler_kind kind) {
    return {kind, &type_of<T>(),
            kind == handler_kind::call
                ? reply_node<typename run_handler<Invoke>::value_type>()
                : nullptr,
            run_handler<Invoke>::invoke};
  }
  template <class T, class Array>
  static constexpr void add(Array& entries, std::size_t& at) {
    if constexpr (has_handle_call<Server, T>) {
      entries[at++] =
          entry<invoke_handle_call<Server, T>, T>(handler_kind::call);
    }
    if constexpr (has_handle_cast<Server, T>) {
      entries[at++] =
          entry<invoke_handle_cast<Server, T>, T>(handler_kind::cast);
    }
    if constexpr (has_handle_info<Server, T>) {
      entries[at++] =
          entry<invoke_handle_info<Server, T>, T>(handler_kind::info);
    }
    if constexpr (has_handle_continue<Server, T>) {
      entries[at++] =
          entry<invoke_handle_continue<Server, T>, T>(handler_kind::continue_);
    }
  }
  static constexpr auto entries = [] {
    std::array<handler_entry, count + 1> made{};  // never of size zero
    [[maybe_unused]] std::size_t at = 0;
    (add<M>(made, at), ...);
    return made;
  }();
};

template <class Server>
struct terminate_function {
  using state = typename Server::state_type;

  static void terminate(void* at, const exit_reason& why,
                        callback_error& error) noexcept {
    try {
      if constexpr (requires(state & s) { Server::terminate(s, why); }) {
        Server::terminate(*static_cast<state*>(at), why);
      }
    } catch (...) {
      note_exception(error);
    }
  }

  static constexpr bool has_terminate =
      requires(state & s, const exit_reason& why) {
    Server::terminate(s, why);
  };
  /// Null where the module has none.
  static constexpr auto pointer = has_terminate ? &terminate : nullptr;
};

template <class Server>
struct status_function {
  using state = typename Server::state_type;

  static void format_status(const void* at, value& shown,
                            callback_error& error) noexcept {
    try {
      if constexpr (has_format_status)
        shown = Server::format_status(*static_cast<const state*>(at));
    } catch (...) {
      note_exception(error);
    }
  }
  static constexpr bool has_format_status = requires(const state& s) {
    Server::format_status(s);
  };
  /// Null where the module has none.
  static constexpr auto pointer = has_format_status ? &format_status : nullptr;
};

/// By init, which returns a state, or an optional one: nothing is OTP's `ignore`.
template <class Server>
void make_state(void* storage, const value& args,
                callback_error& error) noexcept {
  using state = typename Server::state_type;
  try {
    if constexpr (std::is_same_v<decltype(Server::init(args)),
                                 std::optional<state>>) {
      auto made = Server::init(args);
      error.failed = error.is_ignored = !made;
      if (made)
        ::new (storage) state(std::move(*made));
    } else {
      ::new (storage) state(Server::init(args));
    }
  } catch (...) {
    note_exception(error);
  }
}

template <class Server>
struct gen_server_functions {
  using state = typename Server::state_type;

  static void init(void* storage, const value& args,
                   callback_error& error) noexcept {
    make_state<Server>(storage, args, error);
  }
  using table = handler_table<Server, typename message_list<Server>::type>;
  static constexpr auto message_rows = [] {
    std::array<message_row, table::count + 1> made{};
    for (std::size_t i = 0; i < table::count; ++i) {
      const auto& one = table::entries[i];
      made[i] = {one.kind, one.message, one.reply};
    }
    return made;
  }();
  static constexpr gen_server_table behaviour{
      init, terminate_function<Server>::pointer,
      status_function<Server>::pointer, table::entries.data(), table::count};
};

// ---- code_change
// ------------------------------------------------------------------

template <class Server, class Old>
struct conversion_functions {
  using state = typename Server::state_type;

  static void up(void* to, const void* old, const change& about,
                 callback_error& error) noexcept {
    try {
      ::new (to)
          state(Server::code_change(*static_cast<const Old*>(old), about));
    } catch (...) {
      note_exception(error);
    }
  }
  static void down(void* to, const void* old, const change& about,
                   callback_error& error) noexcept {
    try {
      if constexpr (requires(const state& s) {
                      Server::template code_change_down<Old>(s, about);
                    }) {
        ::new (to) Old(Server::template code_change_down<Old>(
            *static_cast<const state*>(old), about));
      } else {
        ::new (to) Old(
            Server::code_change_down(*static_cast<const state*>(old), about));
      }
    } catch (...) {
      note_exception(error);
    }
  }
  static void adopt_up(void* old, void* made) noexcept {
    static_assert(
        noexcept(Server::adopt(std::declval<Old&&>(), std::declval<state&>())),
        "adopt must be noexcept: nothing can be undone any more when it runs");
    Server::adopt(std::move(*static_cast<Old*>(old)),
                  *static_cast<state*>(made));
  }
  static void adopt_down(void* now, void* made) noexcept {
    static_assert(noexcept(Server::adopt_down(std::declval<state&&>(),
                                              std::declval<Old&>())),
                  "adopt_down must be noexcept: nothing can be undone any more "
                  "when it runs");
    Server::adopt_down(std::move(*static_cast<state*>(now)),
                       *static_cast<Old*>(made));
  }
};

/// `static constexpr bool code_change_has_effects = true;`
template <class Server>
constexpr bool conversion_has_effects() {
  if constexpr (requires { Server::code_change_has_effects; }) {
    return Server::code_change_has_effects;
  } else {
    return false;
  }
}

template <class Server, class Old>
constexpr state_conversion up_conversion() {
  state_conversion made{
      &type_of<Old>(), &type_of<typename Server::state_type>(),
      direction::up,   conversion_functions<Server, Old>::up,
      nullptr,         conversion_has_effects<Server>()};
  if constexpr (requires(Old && old, typename Server::state_type & s) {
                  Server::adopt(std::move(old), s);
                }) {
    made.adopt = conversion_functions<Server, Old>::adopt_up;
  }
  return made;
}
template <class Server, class Old>
constexpr state_conversion down_conversion() {
  state_conversion made{&type_of<typename Server::state_type>(),
                        &type_of<Old>(),
                        direction::down,
                        conversion_functions<Server, Old>::down,
                        nullptr,
                        conversion_has_effects<Server>()};
  if constexpr (requires(typename Server::state_type && now, Old & older) {
                  Server::adopt_down(std::move(now), older);
                }) {
    made.adopt = conversion_functions<Server, Old>::adopt_down;
  }
  return made;
}

template <class... Old>
type_list<Old...> as_type_list(old_states<Old...>);

template <class Server>
struct conversion_table {
  static_assert(
      !overloads_code_change<Server> ||
          requires { typename Server::old_states; },
      "code_change is overloaded: list the old states with `using "
      "old_states = instar::old_states<...>`");
  static_assert(
      !overloads_code_change_down<Server> ||
          requires { typename Server::older_states; },
      "code_change_down is overloaded or a template: list the older "
      "states with `using older_states = instar::old_states<...>`");
  static constexpr std::array<state_conversion, 0> none{};
  static constexpr auto up = [] {
    if constexpr (requires { typename Server::old_states; }) {
      return []<class... Old>(type_list<Old...>) {
        return std::array<state_conversion, sizeof...(Old)>{
            up_conversion<Server, Old>()...};
      }(decltype(as_type_list(typename Server::old_states{})){});
    } else if constexpr (requires { &Server::code_change; }) {
      using old = typename first_argument<decltype(&Server::code_change)>::type;
      return std::array<state_conversion, 1>{up_conversion<Server, old>()};
    } else {
      return std::array<state_conversion, 0>{};
    }
  }();
  static constexpr auto down = [] {
    if constexpr (requires { typename Server::older_states; }) {
      return []<class... Old>(type_list<Old...>) {
        return std::array<state_conversion, sizeof...(Old)>{
            down_conversion<Server, Old>()...};
      }(decltype(as_type_list(typename Server::older_states{})){});
    } else if constexpr (requires { &Server::code_change_down; }) {
      using old = decltype(Server::code_change_down(
          std::declval<const typename Server::state_type&>(),
          std::declval<const change&>()));
      return std::array<state_conversion, 1>{down_conversion<Server, old>()};
    } else {
      return std::array<state_conversion, 0>{};
    }
  }();
  static constexpr auto all = [] {
    std::array<state_conversion, up.size() + down.size() + 1> made{};
    std::size_t at = 0;
    for (const auto& one : up)
      made[at++] = one;
    for (const auto& one : down)
      made[at++] = one;
    return made;
  }();
  static constexpr std::size_t count = up.size() + down.size();
};

}  // namespace detail
}  // namespace instar
