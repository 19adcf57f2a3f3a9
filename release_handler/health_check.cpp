#include "release_handler/health_check.hpp"

#include "release_handler/errors.hpp"
#include "release_handler/health_command.hpp"
#include "runtime/apply.hpp"
#include "runtime/runtime.hpp"

#include <variant>

namespace instar::release_handler {

bool has_health_check(const appup::probation_spec& of) {
  return !std::holds_alternative<std::monostate>(of.health);
}

result<> check_health(runtime& node, const appup::probation_spec& of,
                      const path& root) {
  if (const auto* call = std::get_if<appup::mfa>(&of.health)) {
    INSTAR_TRY_ASSIGN(const auto said, apply(node, call->module, call->function,
                                             call->args, health_patience));
    if (said.is_bool() && !said.get_bool())
      return failure(errc::probation_failed, "it said false");
  }
  if (const auto* run = std::get_if<appup::health_command>(&of.health))
    return run_health_command(node.sched(), run->arguments, root,
                              health_patience);
  return {};
}

}  // namespace instar::release_handler
