// special_process: a process with a loop of its own. As OTP's special processes,
// those that sys and proc_lib are for.
//
//   struct tally : instar::special_process<state> {
//     using messages = instar::messages<add, get>;  // for `instar call` and checks
//     static state init(const instar::value& args);
//     static instar::loop run(state& s) {
//       for (;;) {
//         auto m = co_await instar::receive<add, get, instar::system_message>();
//         if (m.get_if<instar::system_message>())
//           co_return instar::sys::handle_system_msg();
//         if (const auto* a = m.get_if<add>())
//           s.total += a->amount;
//         if (m.get_if<get>())
//           instar::reply(m.caller(), s.total);
//       }
//     }
//   };
//   INSTAR_MODULE(tally)
//
// The loop is a coroutine; what lasts is in the state, a described struct, which is
// converted as a gen_server's. A loop ends by `co_return` of
//
//   sys::handle_system_msg()  what sys or an upgrade asks is served without a frame
//                             of this code; then a new one starts, by
//                             system_continue or run, in the code that owns the
//                             state by then
//   external_loop()           a new one starts in the current version of the module.
//                             As Erlang's ?MODULE:loop()
//   local_loop()              a new one starts in the same code. As loop()
//   enter_loop(MODULE)        it goes on as a gen_server of that module
//   an exit_reason            the process ends
//
// and never by running off its end. An `update` of the module waits for the first
// of these; a load_module does not, and the loop stays in its old code until the
// second: it lingers there, check_process_code finds it, and a purge kills it.
//
// Optional callbacks, as OTP names them:
//   static loop system_continue(state&)              instead of run after a system
//                                                    message
//   static void system_terminate(state&, const exit_reason&)
//   static state system_code_change(const old&, const change&)
//   static value system_get_state(const state&)
//   static void system_replace_state(state&, const value&)
//   static std::vector<std::string> get_modules(const state&)
//                                                    for a child that is dynamic
#pragma once

#include "runtime/exit_reason.hpp"
#include "runtime/gen_server.hpp"
#include "runtime/receive.hpp"
#include "runtime/special_process_table.hpp"

#include <coroutine>
#include <exception>
#include <string>
#include <utility>

namespace instar {

/// What comes after the end of a loop's frame.
class loop_end {
public:
  enum class kind { none, system, local, external, enter, exit };

  loop_end() = default;
  loop_end(exit_reason reason) : what(kind::exit), why(std::move(reason)) {}
  explicit loop_end(kind is, std::string to = {})
      : what(is), module(std::move(to)) {}

  kind what = kind::none;
  exit_reason why;
  std::string module;
};

namespace sys {
/// After a receive that ended with a system_message. As sys:handle_system_msg/6.
inline loop_end handle_system_msg() {
  return loop_end(loop_end::kind::system);
}
}  // namespace sys
/// Where the current version is the loop's own, a local_loop(). Its state goes over
/// as in an upgrade; where it does not fit the process ends.
inline loop_end external_loop() {
  return loop_end(loop_end::kind::external);
}
inline loop_end local_loop() {
  return loop_end(loop_end::kind::local);
}
/// The state becomes that of the module, a gen_server, by the names of its fields;
/// where they do not fit the process ends. As gen_server:enter_loop/3.
inline loop_end enter_loop(std::string module) {
  return loop_end(loop_end::kind::enter, std::move(module));
}

template <class State>
struct special_process {
  using state_type = State;
  using is_special_process = void;
};

namespace detail {
/// Tells the process how its loop has ended.
void loop_ends(loop_end how) noexcept;
}  // namespace detail

/// The coroutine that a special process's loop is. Only the runtime runs it.
class [[nodiscard]] loop {
public:
  struct promise_type {
    loop get_return_object() {
      return loop(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(loop_end how) { detail::loop_ends(std::move(how)); }
    void unhandled_exception() noexcept {
      try {
        throw;
      } catch (const std::exception& error) {
        detail::handler_failed(error.what());
      } catch (...) {
        detail::handler_failed("an exception of an unknown type");
      }
    }
  };

  explicit loop(std::coroutine_handle<> frame) : frame_(frame) {}
  loop(loop&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  loop& operator=(loop&&) = delete;
  ~loop() {
    if (frame_)
      frame_.destroy();
  }
  std::coroutine_handle<> release() { return std::exchange(frame_, nullptr); }

private:
  std::coroutine_handle<> frame_;
};

namespace detail {

template <class Module>
concept is_special_module = requires {
  typename Module::is_special_process;
};

template <class Module>
struct special_code_change {};
template <class Module>
  requires requires {
    &Module::system_code_change;
  }
struct special_code_change<Module> {
  using old =
      typename first_argument<decltype(&Module::system_code_change)>::type;
  static auto code_change(const old& from, const change& about) {
    return Module::system_code_change(from, about);
  }
};
template <class Module>
  requires overloads_system_code_change<Module>
struct special_code_change<Module> {
  template <class Old>
  static auto code_change(const Old& from, const change& about) {
    return Module::system_code_change(from, about);
  }
};
template <class Module>
struct special_code_change_down {};
template <class Module>
  requires mentions_system_code_change_down<Module>
struct special_code_change_down<Module> {
  using state = typename Module::state_type;
  static auto code_change_down(const state& from, const change& about) {
    return Module::system_code_change_down(from, about);
  }
};

/// The same under the names that the conversions of all behaviours have.
template <class Module>
struct special_conversions : Module,
                             special_code_change<Module>,
                             special_code_change_down<Module> {};

template <class Module>
struct special_functions {
  using state = typename Module::state_type;

  static void init(void* storage, const value& args,
                   callback_error& error) noexcept {
    make_state<Module>(storage, args, error);
  }

  static std::coroutine_handle<> start(void* at, bool continues,
                                       callback_error& error) noexcept {
    auto& s = *static_cast<state*>(at);
    try {
      if constexpr (requires { Module::system_continue(s); }) {
        if (continues)
          return loop(Module::system_continue(s)).release();
      }
      return loop(Module::run(s)).release();
    } catch (...) {
      note_exception(error);
      return nullptr;
    }
  }

  static constexpr bool has_terminate =
      requires(state & s, const exit_reason& why) {
    Module::system_terminate(s, why);
  };
  static void terminate(void* at, const exit_reason& why,
                        callback_error& error) noexcept {
    try {
      if constexpr (has_terminate)
        Module::system_terminate(*static_cast<state*>(at), why);
    } catch (...) {
      note_exception(error);
    }
  }

  static constexpr bool has_get_state = requires(const state& s) {
    value(Module::system_get_state(s));
  };
  static void get_state(const void* at, value& shown,
                        callback_error& error) noexcept {
    try {
      if constexpr (has_get_state)
        shown = Module::system_get_state(*static_cast<const state*>(at));
    } catch (...) {
      note_exception(error);
    }
  }

  static constexpr bool has_replace_state =
      requires(state & s, const value& to) {
    Module::system_replace_state(s, to);
  };
  static void replace_state(void* at, const value& to,
                            callback_error& error) noexcept {
    try {
      if constexpr (has_replace_state)
        Module::system_replace_state(*static_cast<state*>(at), to);
    } catch (...) {
      note_exception(error);
    }
  }

  static constexpr bool has_get_modules = requires(const state& s) {
    Module::get_modules(s);
  };
  static void get_modules(const void* at, std::vector<std::string>& names,
                          callback_error& error) noexcept {
    try {
      if constexpr (has_get_modules)
        names = Module::get_modules(*static_cast<const state*>(at));
    } catch (...) {
      note_exception(error);
    }
  }

  static constexpr bool declares_messages = requires {
    typename Module::messages;
  };
  template <class... M>
  static constexpr auto entries_of(messages<M...>) {
    return std::array<handler_entry, sizeof...(M) + 1>{entry_of<M>()...};
  }
  // A message with a reply is called, one without is cast.
  template <class M>
  static constexpr handler_entry entry_of() {
    if constexpr (requires { typename M::reply; }) {
      return {handler_kind::call, &type_of<M>(),
              reply_node<typename M::reply>(), nullptr};
    } else {
      return {handler_kind::cast, &type_of<M>(), nullptr, nullptr};
    }
  }
  static constexpr auto entries = [] {
    if constexpr (declares_messages) {
      return entries_of(typename Module::messages{});
    } else {
      return std::array<handler_entry, 1>{};
    }
  }();
  static constexpr std::uint32_t count = entries.size() - 1;
  static constexpr auto rows = [] {
    std::array<message_row, count + 1> made{};
    for (std::size_t i = 0; i < count; ++i)
      made[i] = {entries[i].kind, entries[i].message, entries[i].reply};
    return made;
  }();

  static constexpr special_process_table behaviour{
      {init, has_terminate ? &terminate : nullptr,
       status_function<Module>::pointer, entries.data(), count},
      start,
      has_get_state ? &get_state : nullptr,
      has_replace_state ? &replace_state : nullptr,
      has_get_modules ? &get_modules : nullptr};
};

}  // namespace detail
}  // namespace instar
