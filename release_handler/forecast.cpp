#include "release_handler/forecast.hpp"

#include "release_handler/batch_direction.hpp"
#include "release_handler/children.hpp"
#include "runtime/box.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/upgrade_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace instar::release_handler {
namespace {

passage passage_of(const instance& from, const conversion_plan& decided) {
  if (decided.kind == transition::how::reown)
    return passage::reowned;
  if (decided.conversion != nullptr)
    return passage::code_change;
  return from.descriptor.kind == behaviour_kind::supervisor ? passage::init
                                                            : passage::by_name;
}

/// The registered processes of an instance.
std::vector<std::string> names_of(runtime& node, instance& code) {
  std::map<pid, std::string> by_pid;
  for (auto& [name, who] : node.names().all())
    by_pid[who] = name;
  std::set<std::string> found;
  const std::lock_guard lock(code.mutex);
  for (const auto* b = code.first_box; b != nullptr; b = b->next) {
    const auto named = by_pid.find(b->holder->self());
    if (named != by_pid.end())
      found.insert(named->second);
  }
  std::vector<std::string> names(found.begin(), found.end());
  if (names.size() > module_forecast::names_limit)
    names.resize(module_forecast::names_limit);
  return names;
}

void add_passage(const planned_module& one, const instance& from,
                 const instance& to, module_forecast& made) {
  const auto way = to_runtime(one.way);
  const auto decided =
      one.is_converted ? plan_conversion(from, to, way) : plan_reown(from, to);
  if (!decided)
    return;  // without a process that is nobody's problem, else the check's
  made.goes_over = passage_of(from, *decided);
  if (decided->kind == transition::how::convert &&
      to.descriptor.state != nullptr) {
    made.state_bytes = to.descriptor.state->size;
  }
  const auto back = one.is_converted ? plan_conversion(to, from, opposite(way))
                                     : plan_reown(to, from);
  if (!back)
    made.no_way_back = back.error().message();
}

module_forecast forecast_module(
    runtime& node, const path& root, const planned_module& one,
    const std::map<std::string, instance*>& loaded) {
  module_forecast made;
  made.module = one.module;
  auto* from = node.code().current(one.module);
  if (from != nullptr) {
    made.from = from->vsn;
    made.processes = from->box_count.load();
    made.names = names_of(node, *from);
  }
  if (one.is_removed)
    return made;
  made.to = made.from;
  if (one.lib.empty())
    return made;
  made.to = one.vsn;
  made.file = module_file_of(root, one.lib, one.vsn, one.module);
  const auto next = loaded.find(one.module);
  if (from != nullptr && next != loaded.end())
    add_passage(one, *from, *next->second, made);
  return made;
}

boost::json::array list_of(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

value text_or_null(const std::string& text) {
  return text.empty() ? value() : value(text);
}

void add_json(const module_forecast& of, boost::json::object& to) {
  to["from"] = text_or_null(of.from);
  to["to"] = text_or_null(of.to);
  if (!of.file.empty())
    to["file"] = of.file.string();
  to["state"] = to_string(of.goes_over);
  to["processes"] = of.processes;
  to["names"] = list_of(of.names);
  if (of.state_bytes != 0)
    to["state_bytes"] = of.state_bytes;
  to["undo"] = of.no_way_back.empty() ? "exact" : "none";
  if (!of.no_way_back.empty())
    to["why_no_undo"] = of.no_way_back;
}

value to_json(const child_change& of) {
  const auto* what = of.what == child_difference::added     ? "added"
                     : of.what == child_difference::removed ? "removed"
                                                            : "changed";
  const bool is_lossy = of.what == child_difference::removed && of.is_running;
  return boost::json::object{
      {"change", what},
      {"id", of.id},
      {"supervisor", of.supervisor_name.empty() ? to_string(of.supervisor)
                                                : of.supervisor_name},
      {"running", of.is_running},
      {"fields", list_of(of.fields)},
      {"undo", is_lossy ? "lossy" : "exact"}};
}

value to_json(const application_forecast& of) {
  return boost::json::object{
      {"application", of.name},         {"from", text_or_null(of.from)},
      {"to", text_or_null(of.to)},      {"running", of.is_running},
      {"changed", list_of(of.changed)}, {"new", list_of(of.added)},
      {"removed", list_of(of.removed)}};
}

}  // namespace

const char* to_string(passage of) {
  switch (of) {
    case passage::none:
      return "none";
    case passage::reowned:
      return "reowned";
    case passage::by_name:
      return "by_name";
    case passage::code_change:
      return "code_change";
    case passage::init:
      return "init";
    case passage::unknown:
      return "unknown";
  }
  return "unknown";
}

result<forecast> make_forecast(runtime& node, const path& root,
                               const plan& todo, const release_data& target,
                               const std::map<std::string, instance*>& loaded) {
  forecast made;
  for (const auto& one : todo.steps) {
    auto& about = made.steps.emplace_back();
    if (const auto* modules = std::get_if<batch>(&one)) {
      for (const auto& module : modules->modules) {
        about.modules.push_back(forecast_module(node, root, module, loaded));
        auto* from = node.code().current(module.module);
        const auto next = loaded.find(module.module);
        if (from == nullptr || next == loaded.end() || !module.is_converted)
          continue;
        INSTAR_TRY_ASSIGN(auto changes,
                          child_changes(node, *from, *next->second));
        for (auto& change : changes)
          about.children.push_back(std::move(change));
      }
      continue;
    }
    const auto& what = std::get<effect>(one);
    if (what.what != effect::kind::stop)
      continue;
    INSTAR_TRY_ASSIGN(const auto children, children_of(node, what.modules));
    for (const auto& child : children) {
      about.stopped.push_back(
          fmt::format("{} ({})", child.about.id, to_string(child.about.child)));
    }
  }
  std::vector<application_info> now;
  for (auto& one : node.applications().snapshot())
    now.push_back(std::move(one.about));
  made.applications =
      compare_applications(node.applications().all(), now, target.infos());
  return made;
}

forecast make_later_forecast(runtime& node, const path& root, const plan& todo,
                             std::map<std::string, std::string>& versions) {
  forecast made;
  for (const auto& one : todo.steps) {
    auto& about = made.steps.emplace_back();
    const auto* modules = std::get_if<batch>(&one);
    if (modules == nullptr)
      continue;
    for (const auto& module : modules->modules) {
      auto planned = forecast_module(node, root, module, {});
      const auto changed = versions.find(module.module);
      if (changed != versions.end())
        planned.from = changed->second;
      if (module.lib.empty() && !module.is_removed)
        planned.to = planned.from;
      if (!planned.file.empty() && !planned.from.empty())
        planned.goes_over = passage::unknown;
      versions[module.module] = planned.to;
      about.modules.push_back(std::move(planned));
    }
  }
  return made;
}

std::vector<application_forecast> compare_applications(
    const std::vector<application_status>& running,
    const std::vector<application_info>& before,
    const std::vector<application_info>& after) {
  std::map<std::string,
           std::pair<const application_info*, const application_info*>>
      both;
  for (const auto& one : before)
    both[one.name].first = &one;
  for (const auto& one : after)
    both[one.name].second = &one;
  std::vector<application_forecast> found;
  for (const auto& [name, pair] : both) {
    static const application_info none;
    const auto& old = pair.first == nullptr ? none : *pair.first;
    const auto& next = pair.second == nullptr ? none : *pair.second;
    application_forecast made{name, old.vsn, next.vsn, false, {}, {}, {}};
    for (const auto& [key, item] : next.env) {
      const auto* was = old.env.if_contains(key);
      if (was == nullptr) {
        made.added.emplace_back(key);
      } else if (*was != item) {
        made.changed.emplace_back(key);
      }
    }
    for (const auto& [key, item] : old.env) {
      if (!next.env.contains(key))
        made.removed.emplace_back(key);
    }
    made.is_running = std::any_of(
        running.begin(), running.end(),
        [&](const auto& one) { return one.name == name && one.is_running; });
    if (made.from != made.to || !made.changed.empty() || !made.added.empty() ||
        !made.removed.empty()) {
      found.push_back(std::move(made));
    }
  }
  return found;
}

value to_json(const plan& todo, const forecast& of) {
  auto made = to_json(todo).as_object();
  auto& steps = made.at("steps").as_array();
  for (std::size_t i = 0; i < of.steps.size() && i < steps.size(); ++i) {
    auto& shown = steps[i].as_object();
    const auto& about = of.steps[i];
    if (auto* modules = shown.if_contains("batch")) {
      for (std::size_t m = 0; m < about.modules.size(); ++m)
        add_json(about.modules[m], modules->as_array()[m].as_object());
      boost::json::array children;
      for (const auto& child : about.children)
        children.push_back(to_json(child));
      if (!children.empty())
        shown["children"] = std::move(children);
    } else if (!about.stopped.empty()) {
      shown["stopped"] = list_of(about.stopped);
    }
  }
  boost::json::array applications;
  for (const auto& one : of.applications)
    applications.push_back(to_json(one));
  made["applications"] = std::move(applications);
  return made;
}

}  // namespace instar::release_handler
