// What the parts of the application controller share. Private to it.
#pragma once

#include "base/result.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/supervisor_table.hpp"

#include <fmt/format.h>

#include <string_view>

namespace instar::detail {

/// Null where the module is no application's callback module.
inline const application_table* application_table_of(const instance* code) {
  if (code == nullptr || code->descriptor.kind != behaviour_kind::application)
    return nullptr;
  return static_cast<const application_table*>(code->descriptor.behaviour);
}

inline failure not_loaded(std::string_view name) {
  return {errc::not_loaded, fmt::format("application {} is not loaded", name)};
}

}  // namespace instar::detail
