#include "release_handler/children.hpp"

#include "release_handler/dynamic_modules.hpp"
#include "release_handler/errors.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/runtime.hpp"
#include "runtime/sys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {
namespace {

result<> collect(runtime& node, pid supervisor,
                 std::vector<found_child>& found) {
  INSTAR_TRY_ASSIGN(const auto status, sys::summary(node, supervisor));
  if (status.at("status") == "suspended") {
    return failure(errc::suspended_supervisor,
                   fmt::format("supervisor {} is suspended, so its children "
                               "cannot be asked for: resume it",
                               to_string(supervisor)));
  }
  INSTAR_TRY_ASSIGN(const auto children, node.call<std::vector<child_info>>(
                                             supervisor, which_children{}));
  for (const auto& child : children) {
    found.push_back({supervisor, child});
    if (child.type == child_type::supervisor && child.child) {
      INSTAR_TRY(collect(node, child.child, found));
    }
  }
  return {};
}

}  // namespace

result<std::vector<found_child>> all_children(runtime& node) {
  std::vector<found_child> found;
  for (const auto& application : node.applications().all()) {
    if (application.top)
      INSTAR_TRY(collect(node, application.top, found));
  }
  return found;
}

result<std::vector<found_child>> children_of(
    runtime& node, const std::vector<std::string>& modules) {
  INSTAR_TRY_ASSIGN(auto found, all_children(node));
  std::vector<pid> dynamic;
  for (const auto& one : found) {
    if (one.about.dynamic && one.about.child)
      dynamic.push_back(one.about.child);
  }
  INSTAR_TRY_ASSIGN(const auto answers,
                    ask_modules(node, dynamic, get_modules_patience));
  for (auto& one : found) {
    if (const auto known = answers.find(one.about.child);
        known != answers.end()) {
      one.about.modules = known->second;
    }
  }
  std::erase_if(found, [&](const found_child& one) {
    return !concerns(modules, one.about.modules) ||
           one.about.id == "undefined" || !one.about.child;
  });
  return found;
}

bool concerns(const std::vector<std::string>& wanted,
              const std::vector<std::string>& modules) {
  return std::any_of(modules.begin(), modules.end(), [&](const auto& module) {
    return std::find(wanted.begin(), wanted.end(), module) != wanted.end();
  });
}

}  // namespace instar::release_handler
