#include "runtime/supervisor_state.hpp"

#include "base/names.hpp"
#include "runtime/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace instar {

supervised_child* supervisor_state::find(const std::string& id) {
  const auto found =
      std::find_if(children.begin(), children.end(),
                   [&](const auto& child) { return child.spec.id == id; });
  return found == children.end() ? nullptr : &*found;
}

supervised_child* supervisor_state::find(pid process) {
  if (!process)
    return nullptr;  // as many children have: those that do not run
  const auto found =
      std::find_if(children.begin(), children.end(),
                   [&](const auto& child) { return child.process == process; });
  return found == children.end() ? nullptr : &*found;
}

result<> check_child_spec(const supervisor_spec& flags,
                          const child_spec& child) {
  if (!is_valid_name(child.start.module)) {
    return failure(errc::bad_child_spec,
                   fmt::format("child {} has no valid start module: \"{}\"",
                               child.id, child.start.module));
  }
  if (child.shutdown_ms < shutdown_default) {
    return failure(errc::bad_child_spec,
                   fmt::format("child {} has a shutdown time of {} ms",
                               child.id, child.shutdown_ms));
  }
  for (const auto& limit :
       {child.upgrade.suspend_timeout, child.upgrade.convert_timeout}) {
    if (limit && limit->count() < 1) {
      return failure(errc::bad_child_spec,
                     fmt::format("child {} has an upgrade limit of {} ms",
                                 child.id, limit->count()));
    }
  }
  if (child.significant && child.restart == restart_type::permanent) {
    return failure(errc::bad_child_spec,
                   fmt::format("child {} is permanent, so it cannot be "
                               "significant: it never ends for good",
                               child.id));
  }
  if (child.significant && flags.auto_shutdown == auto_shutdown_mode::never) {
    return failure(errc::bad_child_spec,
                   fmt::format("child {} is significant, and its supervisor's "
                               "auto_shutdown is never",
                               child.id));
  }
  return {};
}

result<supervisor_state> make_supervisor_state(supervisor_spec spec) {
  supervisor_state made;
  if (spec.intensity < 0 || spec.period.count() < 1) {
    return failure(errc::bad_child_spec,
                   fmt::format("intensity {} within {} s is not possible",
                               spec.intensity, spec.period.count()));
  }
  if (spec.strategy == restart_strategy::simple_one_for_one &&
      spec.children.size() != 1) {
    return failure(errc::bad_child_spec,
                   fmt::format("simple_one_for_one needs one child "
                               "specification, not {}",
                               spec.children.size()));
  }
  std::set<std::string> ids;
  for (auto& child : spec.children) {
    if (!ids.insert(child.id).second) {
      return failure(errc::bad_child_spec,
                     "two children are called " + child.id);
    }
    INSTAR_TRY(check_child_spec(spec, child));
    made.children.push_back({std::move(child), {}, false, true});
  }
  spec.children.clear();
  made.flags = std::move(spec);
  return made;
}

void take_over_children(supervisor_state& to, supervisor_state& from) {
  std::vector<supervised_child> merged;
  for (auto& child : from.children) {
    auto* fresh = to.find(child.spec.id);
    if (fresh != nullptr) {
      fresh->process = child.process;
      fresh->is_restarting = child.is_restarting;
    } else if (!to.is_simple()) {
      merged.push_back(std::move(child));
    }
  }
  to.children.insert(to.children.end(), std::make_move_iterator(merged.begin()),
                     std::make_move_iterator(merged.end()));
  to.dynamic_children = std::move(from.dynamic_children);
  to.restarts = std::move(from.restarts);
}

std::int64_t shutdown_of(const child_spec& spec) {
  if (spec.shutdown_ms != shutdown_default)
    return spec.shutdown_ms;
  return spec.type == child_type::supervisor ? shutdown_infinity : 5000;
}

value merged_args(const value& from_template, const value& own) {
  if (own.is_null())
    return from_template;
  if (!own.is_object() || !from_template.is_object())
    return own;
  auto merged = from_template.get_object();
  for (const auto& [key, item] : own.get_object()) {
    merged.insert_or_assign(key, item);
  }
  return merged;
}

}  // namespace instar
