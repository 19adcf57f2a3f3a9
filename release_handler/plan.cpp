#include "release_handler/plan.hpp"

#include "release_handler/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace instar::release_handler {
namespace {

/// What takes back the functions that the runtime itself provides.
std::optional<std::pair<appup::mfa, undo_class>> known_inverse(
    const appup::mfa& call) {
  if (call.module != "application" || call.args.empty())
    return std::nullopt;
  const auto inverse = [&](const char* function, undo_class kind) {
    return std::pair(appup::mfa{"application", function, {call.args.front()}},
                     kind);
  };
  if (call.function == "start")
    return inverse("stop", undo_class::exact);
  if (call.function == "stop")
    return inverse("start", undo_class::lossy);
  if (call.function == "load")
    return inverse("unload", undo_class::exact);
  if (call.function == "unload")
    return inverse("load", undo_class::exact);
  return std::nullopt;
}

effect make_apply(const appup::apply& instruction) {
  effect made;
  made.call = instruction.call;
  made.undo = instruction.undo;
  if (made.undo) {
    made.undoing = undo_class::exact;
  } else if (auto known = known_inverse(made.call)) {
    made.undo = std::move(known->first);
    made.undoing = known->second;
  }
  return made;
}

/// As OTP calls a node that is connected to no other.
constexpr const char* this_node = "nonode@nohost";

class planner {
public:
  result<plan> make(const appup::script& script) {
    for (const auto& instruction : script) {
      INSTAR_TRY(check_place(instruction, script));
      INSTAR_TRY(
          std::visit([&](const auto& one) { return take(one); }, instruction));
    }
    if (!suspended_.empty()) {
      return failure(errc::illegal_instruction,
                     fmt::format("the script suspends {} and never resumes it",
                                 *suspended_.begin()));
    }
    close_batch();
    if (made_.restarts)
      leave_to_restart();
    return std::move(made_);
  }

private:
  result<> take(const appup::load_object_code& code) {
    for (const auto& module : code.modules) {
      objects_[module] = {code.lib, code.vsn};
    }
    return {};
  }
  result<> take(const appup::point_of_no_return&) {
    is_before_ = false;
    return {};
  }
  result<> take(const appup::suspend& list) {
    INSTAR_TRY(only_after("suspend"));
    for (const auto& one : list.modules) {
      auto& module = module_of(one.module);
      module.is_suspended = true;
      module.suspend_timeout = one.timeout;
      module.when_busy = one.when_busy;
      suspended_.insert(one.module);
    }
    return {};
  }
  result<> take(const appup::load& load) {
    INSTAR_TRY(only_after("load"));
    const auto object = objects_.find(load.module);
    if (object == objects_.end()) {
      return failure(
          errc::no_such_file,
          fmt::format("load of {} without load_object_code", load.module));
    }
    auto& module = module_of(load.module);
    module.lib = object->second.first;
    module.vsn = object->second.second;
    module.is_removed = false;
    module.pre_purge = load.pre_purge;
    module.post_purge = load.post_purge;
    return {};
  }
  result<> take(const appup::remove& remove) {
    INSTAR_TRY(only_after("remove"));
    auto& module = module_of(remove.module);
    module.is_removed = true;
    module.pre_purge = remove.pre_purge;
    module.post_purge = remove.post_purge;
    return {};
  }
  result<> take(const appup::purge& purge) {
    INSTAR_TRY(only_after("purge"));
    for (const auto& name : purge.modules)
      module_of(name).is_purged = true;
    return {};
  }
  result<> take(const appup::code_change& change) {
    INSTAR_TRY(only_after("code_change"));
    for (const auto& one : change.modules) {
      auto& module = module_of(one.module);
      module.is_converted = true;
      module.way = change.mode;
      module.extra = one.extra;
      module.convert_timeout = one.timeout;
    }
    return {};
  }
  result<> take(const appup::resume& resume) {
    INSTAR_TRY(only_after("resume"));
    for (const auto& name : resume.modules)
      suspended_.erase(name);
    return {};
  }
  result<> take(const appup::apply& apply) {
    if (is_before_) {
      made_.before.push_back(make_apply(apply));
      return {};
    }
    return add_effect(make_apply(apply), "apply");
  }
  result<> take(const appup::stop& stop) {
    effect made;
    made.what = effect::kind::stop;
    made.modules = stop.modules;
    made.undoing = undo_class::lossy;
    return add_effect(std::move(made), "stop");
  }
  result<> take(const appup::start& start) {
    effect made;
    made.what = effect::kind::start;
    made.modules = start.modules;
    made.undoing = undo_class::lossy;
    return add_effect(std::move(made), "start");
  }
  /// Nobody else is there to wait for.
  result<> take(const appup::sync_nodes& sync) {
    const auto* nodes = std::get_if<std::vector<std::string>>(&sync.nodes);
    if (nodes == nullptr) {
      const auto& call = std::get<appup::mfa>(sync.nodes);
      return failure(
          errc::sync_error,
          fmt::format("sync_nodes: which nodes {}:{} names cannot be known "
                      "before it is called, and this one is connected to none",
                      call.module, call.function));
    }
    for (const auto& name : *nodes) {
      if (name != this_node) {
        return failure(
            errc::sync_error,
            fmt::format("sync_nodes: {} cannot be waited for: nodes are not "
                        "connected to each other, and this one is {}",
                        name, this_node));
      }
    }
    return {};
  }
  result<> take(const appup::restart_new_emulator&) {
    made_.restarts = true;
    restarts_first_ = true;
    return {};
  }
  result<> take(const appup::restart_emulator&) {
    made_.restarts = true;
    return {};
  }

  /// A new runtime comes before all, a restart after all: as the compiler places
  /// them.
  static result<> check_place(const appup::script::value_type& one,
                              const appup::script& script) {
    if (std::holds_alternative<appup::restart_new_emulator>(one) &&
        &one != &script.front()) {
      return failure(errc::illegal_instruction,
                     "restart_new_emulator must be the first instruction");
    }
    if (std::holds_alternative<appup::restart_emulator>(one) &&
        &one != &script.back()) {
      return failure(errc::illegal_instruction,
                     "restart_emulator must be the last instruction");
    }
    return {};
  }
  /// What the start of the release does by itself is left out.
  void leave_to_restart() {
    const auto is_left = [](const effect& one) {
      return one.what == effect::kind::apply &&
             one.call.module != "application";
    };
    std::vector<effect> before;
    for (auto& one : made_.before) {
      if (is_left(one))
        (restarts_first_ ? made_.after_restart : before)
            .push_back(std::move(one));
    }
    made_.before = std::move(before);
    for (auto& one : made_.steps) {
      auto* what = std::get_if<effect>(&one);
      if (what != nullptr && is_left(*what))
        made_.after_restart.push_back(std::move(*what));
    }
    made_.steps.clear();
  }
  result<> only_after(const char* instruction) const {
    if (!is_before_)
      return {};
    return failure(errc::illegal_instruction,
                   fmt::format("{} before point_of_no_return", instruction));
  }
  result<> add_effect(effect made, const char* instruction) {
    INSTAR_TRY(only_after(instruction));
    if (!suspended_.empty()) {
      return failure(
          errc::effect_in_batch,
          fmt::format("{} ({}) stands between the suspend and the "
                      "resume of {}: an effect cannot be part of the "
                      "pause",
                      instruction, describe(made),
                      fmt::join(suspended_, ", ")));
    }
    close_batch();
    made_.steps.emplace_back(std::move(made));
    return {};
  }
  planned_module& module_of(const std::string& name) {
    auto found = std::find_if(
        current_.modules.begin(), current_.modules.end(),
        [&](const planned_module& one) { return one.module == name; });
    if (found != current_.modules.end())
      return *found;
    current_.modules.emplace_back();
    current_.modules.back().module = name;
    return current_.modules.back();
  }
  void close_batch() {
    if (current_.modules.empty())
      return;
    made_.steps.emplace_back(std::move(current_));
    current_ = {};
  }

  plan made_;
  batch current_;
  bool is_before_ = true;
  bool restarts_first_ = false;
  std::set<std::string> suspended_;
  std::map<std::string, std::pair<std::string, std::string>> objects_;
};

}  // namespace

const char* to_string(undo_class of) {
  switch (of) {
    case undo_class::exact:
      return "exact";
    case undo_class::lossy:
      return "lossy";
    case undo_class::none:
      return "none";
  }
  return "none";
}

std::size_t plan::batch_count() const {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(),
      [](const step& one) { return std::holds_alternative<batch>(one); }));
}

result<plan> make_plan(const appup::script& script) {
  return planner().make(script);
}

}  // namespace instar::release_handler
