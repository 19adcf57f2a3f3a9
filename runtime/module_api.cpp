#include "runtime/activation.hpp"
#include "runtime/code_server.hpp"
#include "runtime/module.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace instar::detail {

function_address external_function(std::uint32_t slot, const char* module,
                                   const char* name) {
  const auto* running = current_activation();
  const auto* exports = running == nullptr ? nullptr : running->exports;
  const auto address = exports != nullptr && slot < exports->functions.size()
                           ? exports->functions[slot]
                           : nullptr;
  if (address == nullptr) {
    throw std::runtime_error(fmt::format("undef: {}:{}", module, name));
  }
  return address;
}

}  // namespace instar::detail
