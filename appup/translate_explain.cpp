// Why each instruction of a finished script stands in it.
#include "appup/reader.hpp"
#include "appup/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace instar::appup {
namespace {

struct name_of_low {
  std::string operator()(const load_object_code& one) const {
    return one.lib + "-" + one.vsn;
  }
  std::string operator()(const load& one) const { return one.module; }
  std::string operator()(const remove& one) const { return one.module; }
  std::string operator()(const purge& one) const { return list(one.modules); }
  std::string operator()(const suspend& one) const { return list(one.modules); }
  std::string operator()(const resume& one) const { return list(one.modules); }
  std::string operator()(const code_change& one) const {
    return list(one.modules);
  }
  std::string operator()(const stop& one) const { return list(one.modules); }
  std::string operator()(const start& one) const { return list(one.modules); }
  std::string operator()(const apply& one) const {
    return one.call.module + ":" + one.call.function;
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }

private:
  static const std::string& name(const std::string& one) { return one; }
  template <class Named>
  static const std::string& name(const Named& one) {
    return one.module;
  }
  template <class List>
  static std::string list(const List& all) {
    std::string text;
    for (const auto& one : all) {
      text += text.empty() ? "" : ", ";
      text += name(one);
    }
    return text;
  }
};

struct name_of_high {
  template <class Module>
    requires requires(Module one) {
      one.module;
    }
  std::string operator()(const Module& one) const { return one.module; }
  template <class Application>
    requires requires(Application one) {
      one.name;
    }
  std::string operator()(const Application& one) const { return one.name; }
};

// `update kv_shard`.
std::string describe(const written_instruction& one) {
  std::string word;
  std::string name;
  if (const auto* high = std::get_if<high_level>(&one.what)) {
    word = keyword(*high);
    name = std::visit(name_of_high{}, *high);
  } else if (const auto* low = std::get_if<low_level>(&one.what)) {
    word = keyword(*low);
    name = std::visit(name_of_low{}, *low);
  }
  return name.empty() ? word : word + " " + name;
}

class explainer {
public:
  explicit explainer(const translation& work) : work_(work) {
    for (const auto& script : work.scripts) {
      for (const auto* one : script.instructions)
        script_of_.emplace(one, &script);
    }
  }

  explanation explain(const placed_instruction& one) const {
    explanation made;
    made.why = one.why;
    made.here = one.here;
    std::unordered_set<const written_instruction*> seen;
    const auto add = [&](const written_instruction* by) {
      if (seen.insert(root(by)).second)
        made.origins.push_back(origin(*root(by)));
    };
    if (one.origin != nullptr)
      add(one.origin);
    for (const auto* more : one.also)
      add(more);
    if (one.origin == nullptr)
      return made;
    if (one.block != nullptr && !seen.contains(root(one.block)))
      made.block.push_back(origin(*root(one.block)));
    if (one.why == reason::as_written && one.origin->made_for != nullptr)
      made.why = reason_of(one.what);
    if (one.here == place::as_written)
      made.here = place_of(*root(one.origin));
    return made;
  }

private:
  static const written_instruction* root(const written_instruction* of) {
    while (of->made_for != nullptr)
      of = of->made_for;
    return of;
  }

  // What an application's instruction became.
  static reason reason_of(const low_level& what) {
    const auto* call = std::get_if<apply>(&what);
    if (call == nullptr)
      return reason::removes_modules;
    const auto& function = call->call.function;
    if (function == "start")
      return reason::starts_application;
    if (function == "load")
      return reason::loads_application;
    return function == "stop" ? reason::stops_application
                              : reason::unloads_application;
  }

  place place_of(const written_instruction& one) const {
    const auto found = script_of_.find(&one);
    if (found == script_of_.end())
      return place::as_written;
    switch (found->second->kind) {
      case script_kind::added_application:
        return place::added_applications;
      case script_kind::removed_application:
        return place::removed_applications;
      case script_kind::new_runtime:
      case script_kind::appup:
      case script_kind::restart_option:
        break;
    }
    return place::as_written;
  }

  explanation::origin origin(const written_instruction& one) const {
    const auto found = script_of_.find(&one);
    const auto kind =
        found == script_of_.end() ? script_kind::appup : found->second->kind;
    switch (kind) {
      case script_kind::new_runtime:
        return {one.where,
                fmt::format("runtime {}", work_.target->manifest.spec.runtime)};
      case script_kind::added_application:
        return {one.where, fmt::format("only release {} has {}",
                                       work_.target->manifest.spec.vsn,
                                       found->second->app->name())};
      case script_kind::removed_application:
        return {one.where, fmt::format("only release {} has {}",
                                       work_.source->manifest.spec.vsn,
                                       found->second->app->name())};
      case script_kind::restart_option:
        return {{}, "--restart-emulator"};
      case script_kind::appup:
        break;
    }
    return {one.where, describe(one)};
  }

  const translation& work_;
  std::unordered_map<const written_instruction*, const application_script*>
      script_of_;
};

}  // namespace

explanations explain(const translation& work,
                     const std::vector<placed_instruction>& all) {
  const explainer with(work);
  explanations made;
  made.reserve(all.size());
  for (const auto& one : all)
    made.push_back(with.explain(one));
  return made;
}

}  // namespace instar::appup
