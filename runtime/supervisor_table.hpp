// What a supervisor's or an application's module gives to the runtime, as data.
#pragma once

#include "base/value.hpp"
#include "module/descriptor.hpp"
#include "runtime/child_spec.hpp"

#include <string_view>

namespace instar {

struct supervisor_table {
  void (*init)(supervisor_spec& to, const value& args,
               callback_error& error) noexcept;
};

struct application_table {
  /// Which top supervisor to start.
  void (*start)(start_spec& to, const value& args,
                callback_error& error) noexcept;
  /// After the application has stopped; null: nothing.
  void (*stop)(const value& args, callback_error& error) noexcept;
  /// The environment has changed; null: nobody wants to know.
  void (*config_change)(const value& changed, const value& added,
                        const value& removed, callback_error& error) noexcept;
  /// One of its start phases; null: it has none.
  void (*start_phase)(std::string_view phase, const value& args,
                      callback_error& error) noexcept;
};

}  // namespace instar
