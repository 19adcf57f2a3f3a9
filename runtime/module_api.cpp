#include "runtime/activation.hpp"
#include "runtime/code_server.hpp"
#include "runtime/module.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"

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
  if (address == nullptr && running != nullptr) {
    // A module that is first used now adds functions and changes none, so the
    // newest table is as good for this one.
    auto& code = running->self.node().code();
    if (!code.is_loaded(module) && code.use(module)) {
      const auto* newest = code.exports();
      if (slot < newest->functions.size() && newest->functions[slot] != nullptr)
        return newest->functions[slot];
    }
  }
  if (address == nullptr) {
    throw std::runtime_error(fmt::format("undef: {}:{}", module, name));
  }
  return address;
}

}  // namespace instar::detail
