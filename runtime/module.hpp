// All that the source of a module includes, and INSTAR_MODULE, which makes its
// one exported symbol. The build (instar_add_module) defines
// INSTAR_MODULE_NAME, INSTAR_MODULE_VSN and INSTAR_VSN, the namespace of this
// version.
#pragma once

#include "module/abi.hpp"
#include "module/descriptor.hpp"
#include "module/type_name.hpp"
#include "runtime/child_spec.hpp"
#include "runtime/context.hpp"
#include "runtime/gen_event.hpp"
#include "runtime/gen_server.hpp"
#include "runtime/gen_statem.hpp"
#include "runtime/net.hpp"
#include "runtime/requests.hpp"
#include "runtime/spawn.hpp"
#include "runtime/special_process.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/supervisor_table.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace instar {

/// An application's callback module: `static start_spec start(const value&
/// args)` names its top supervisor. Optional: `static void stop(const value&)`;
/// `static void config_change(const value& changed, const value& added, const
/// value& removed)`, which an upgrade calls when it has changed the environment:
/// two objects, and a list of keys; and `static void start_phase(std::string_view
/// phase, const value& args)`, called for each start phase when the top supervisor
/// runs: what it throws fails the start. As OTP's.
struct application {};

/// A module of functions only.
struct library {};

/// A string as a template argument: `fn<"format", &format>`.
template <std::size_t N>
struct fixed_string {
  char text[N]{};
  constexpr fixed_string(const char (&from)[N]) { std::copy_n(from, N, text); }
};

/// `using exports = instar::export_list<instar::fn<"format", &format>, ...>`:
/// what other modules may call, and `apply` and health checks, whose functions
/// are `result<value>(const value& args)`.
template <fixed_string Name, auto Function>
struct fn {};
template <class... F>
struct export_list {};

/// `using imports = instar::import_list<format>` with
/// `using format = instar::external<"counter_format", "format",
/// std::string(int)>`: called as `format::call(1)`, through the export table,
/// so always in the current version. A wrong signature is refused when the
/// module is loaded. As Erlang's external call.
template <fixed_string Module, fixed_string Name, class Signature>
struct external;
template <class... E>
struct import_list {};

namespace detail {

/// The address behind a slot of the export table; throws where there is none.
function_address external_function(std::uint32_t slot, const char* module,
                                   const char* name);

}  // namespace detail

template <fixed_string Module, fixed_string Name, class R, class... A>
struct external<Module, Name, R(A...)> {
  static constexpr auto module = Module;
  static constexpr auto name = Name;
  using signature = R(A...);
  static inline constinit std::uint32_t slot = UINT32_MAX;

  static R call(A... arguments) {
    const auto address =
        detail::external_function(slot, module.text, name.text);
    return reinterpret_cast<R (*)(A...)>(address)(
        std::forward<A>(arguments)...);
  }
};

namespace detail {

template <fixed_string Name, auto Function>
struct export_row {
  static constexpr auto name = Name;
  static constexpr exported_function row{
      name.text, type_name<std::remove_pointer_t<decltype(Function)>>::text};
};
template <fixed_string Name, auto Function>
constexpr exported_function export_of(fn<Name, Function>) {
  return export_row<Name, Function>::row;
}
template <fixed_string Name, auto Function>
function_address address_of(fn<Name, Function>) {
  return reinterpret_cast<function_address>(Function);
}
template <class... F>
constexpr std::array<exported_function, sizeof...(F) + 1> export_rows(
    export_list<F...>) {
  return {export_of(F{})...};
}
template <class List>
const function_address* export_addresses() {
  return []<class... F>(export_list<F...>) {
    static const function_address rows[] = {address_of(F{})..., nullptr};
    return &rows[0];
  }(List{});
}
template <class... F>
constexpr std::uint32_t list_size(export_list<F...>) {
  return sizeof...(F);
}
template <class... E>
constexpr std::uint32_t list_size(import_list<E...>) {
  return sizeof...(E);
}
template <class... E>
constexpr std::array<imported_function, sizeof...(E) + 1> import_rows(
    import_list<E...>) {
  return {imported_function{E::module.text, E::name.text,
                            type_name<typename E::signature>::text,
                            &E::slot}...};
}

template <class Module>
auto exports_of() {
  if constexpr (requires { typename Module::exports; }) {
    return typename Module::exports{};
  } else {
    return export_list<>{};
  }
}
template <class Module>
auto imports_of() {
  if constexpr (requires { typename Module::imports; }) {
    return typename Module::imports{};
  } else {
    return import_list<>{};
  }
}

template <class Module>
struct export_table_of {
  static constexpr auto rows = export_rows(decltype(exports_of<Module>()){});
};

template <class Module>
struct import_table {
  static constexpr auto rows = import_rows(decltype(imports_of<Module>()){});
};

template <class Module>
struct supervisor_functions {
  static void init(supervisor_spec& to, const value& args,
                   callback_error& error) noexcept {
    try {
      to = Module::init(args);
    } catch (...) {
      note_exception(error);
    }
  }
  static constexpr supervisor_table behaviour{init};
};

template <class Module>
struct application_functions {
  static void start(start_spec& to, const value& args,
                    callback_error& error) noexcept {
    try {
      to = Module::start(args);
    } catch (...) {
      note_exception(error);
    }
  }
  static void stop(const value& args, callback_error& error) noexcept {
    try {
      if constexpr (requires { Module::stop(args); })
        Module::stop(args);
    } catch (...) {
      note_exception(error);
    }
  }
  static void config_change(const value& changed, const value& added,
                            const value& removed,
                            callback_error& error) noexcept {
    try {
      if constexpr (has_config_change)
        Module::config_change(changed, added, removed);
    } catch (...) {
      note_exception(error);
    }
  }
  static void start_phase(std::string_view phase, const value& args,
                          callback_error& error) noexcept {
    try {
      if constexpr (has_start_phase)
        Module::start_phase(phase, args);
    } catch (...) {
      note_exception(error);
    }
  }
  static constexpr bool has_start_phase =
      requires(std::string_view phase, const value& v) {
    Module::start_phase(phase, v);
  };
  static constexpr bool has_config_change = requires(const value& v) {
    Module::config_change(v, v, v);
  };
  static constexpr application_table behaviour{
      start, stop, has_config_change ? config_change : nullptr,
      has_start_phase ? start_phase : nullptr};
};

template <class Module>
concept is_gen_server = requires {
  typename Module::state_type;
};

template <class Module>
constexpr module_descriptor make_descriptor(const char* name, const char* vsn,
                                            bool pinned) {
  module_descriptor made{};
  made.size = sizeof(module_descriptor);
  made.version = descriptor_version;
  made.name = name;
  made.vsn = vsn;
  made.abi_tag = INSTAR_ABI_TAG;
  made.pinned = pinned;
  made.instance_slot = &this_instance;
  if constexpr (is_gen_event<Module>) {
    using conversions = conversion_table<Module>;
    made.kind = behaviour_kind::gen_event;
    made.behaviour = &gen_event_functions<Module>::behaviour;
    made.state = &type_of<typename Module::state_type>();
    made.conversions = conversions::all.data();
    made.conversion_count = conversions::count;
    made.messages = gen_event_functions<Module>::message_rows.data();
    made.message_count = gen_event_functions<Module>::table::count;
  } else if constexpr (is_gen_statem<Module>) {
    using conversions = conversion_table<Module>;
    using functions = gen_statem_functions<Module>;
    made.kind = behaviour_kind::gen_statem;
    made.behaviour = &functions::behaviour;
    made.state = &type_of<typename Module::state_type>();
    made.conversions = conversions::all.data();
    made.conversion_count = conversions::count;
    made.messages = functions::table::rows.data();
    made.message_count = functions::table::count;
  } else if constexpr (is_special_module<Module>) {
    using conversions = conversion_table<special_conversions<Module>>;
    using functions = special_functions<Module>;
    made.kind = behaviour_kind::special_process;
    made.behaviour = &functions::behaviour;
    made.state = &type_of<typename Module::state_type>();
    made.conversions = conversions::all.data();
    made.conversion_count = conversions::count;
    made.messages = functions::rows.data();
    made.message_count = functions::count;
  } else if constexpr (is_gen_server<Module>) {
    using conversions = conversion_table<Module>;
    made.kind = behaviour_kind::gen_server;
    made.behaviour = &gen_server_functions<Module>::behaviour;
    made.state = &type_of<typename Module::state_type>();
    made.conversions = conversions::all.data();
    made.conversion_count = conversions::count;
    made.messages = gen_server_functions<Module>::message_rows.data();
    made.message_count = gen_server_functions<Module>::table::count;
  } else if constexpr (std::is_base_of_v<supervisor, Module>) {
    made.kind = behaviour_kind::supervisor;
    made.behaviour = &supervisor_functions<Module>::behaviour;
  } else if constexpr (std::is_base_of_v<application, Module>) {
    made.kind = behaviour_kind::application;
    made.behaviour = &application_functions<Module>::behaviour;
  } else {
    static_assert(std::is_base_of_v<library, Module>,
                  "a module derives from instar::gen_server<State>, "
                  "instar::gen_statem<State, &State::FIELD>, "
                  "instar::gen_event<State>, instar::special_process<State>, "
                  "instar::supervisor, instar::application or instar::library");
    made.kind = behaviour_kind::library;
  }
  made.functions = export_table_of<Module>::rows.data();
  made.function_count = list_size(decltype(exports_of<Module>()){});
  made.addresses = &export_addresses<decltype(exports_of<Module>())>;
  made.imports = import_table<Module>::rows.data();
  made.import_count = list_size(decltype(imports_of<Module>()){});
  return made;
}

}  // namespace detail
}  // namespace instar

#ifndef INSTAR_MODULE_PINNED
#define INSTAR_MODULE_PINNED 0
#endif

namespace instar::detail {

/// Of a state that is a struct: whether its name is this version's alone. Two
/// versions, or two modules, whose types have one name in the eyes of C++ could
/// take each other's objects for their own.
template <class Module>
consteval bool state_stands_in_version() {
  if constexpr (is_gen_server<Module>) {
    using state = typename Module::state_type;
    if constexpr (boost::describe::has_describe_members<state>::value) {
      return written_type_name<state>().find(version_namespace_prefix) !=
             std::string_view::npos;
    }
  }
  return true;
}

}  // namespace instar::detail

/// Once per module, at global scope.
#define INSTAR_MODULE(callback_module)                                         \
  INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, INSTAR_MODULE_VSN);                     \
  static_assert(instar::detail::state_stands_in_version<callback_module>(),    \
                "a state stands in `inline namespace INSTAR_VSN { ... }`: "    \
                "else two versions, or two modules, have a type of one name"); \
  extern "C" {                                                                 \
  __attribute__((visibility(                                                   \
      "default"))) extern const instar::module_descriptor instar_module_v1;    \
  constinit const instar::module_descriptor instar_module_v1 =                 \
      instar::detail::make_descriptor<callback_module>(                        \
          INSTAR_MODULE_NAME, INSTAR_MODULE_VSN, INSTAR_MODULE_PINNED != 0);   \
  }
