#include "release_handler/plan.hpp"

#include "appup/reader.hpp"
#include "release_handler/errors.hpp"

#include <boost/json/serialize.hpp>

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
      INSTAR_TRY(
          std::visit([&](const auto& one) { return take(one); }, instruction));
    }
    if (!suspended_.empty()) {
      return failure(errc::illegal_instruction,
                     fmt::format("the script suspends {} and never resumes it",
                                 *suspended_.begin()));
    }
    close_batch();
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
    return cannot("restart_new_emulator",
                  "stop the node and start the release");
  }
  result<> take(const appup::restart_emulator&) {
    return cannot("restart_emulator", "stop the node and start the release");
  }

  static failure cannot(const char* instruction, const char* instead) {
    return {errc::illegal_instruction,
            fmt::format("{} cannot be carried out by this version: {}",
                        instruction, instead)};
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
  std::set<std::string> suspended_;
  std::map<std::string, std::pair<std::string, std::string>> objects_;
};

value to_json(const effect& of) {
  boost::json::object made{{"effect", describe(of)},
                           {"undo", to_string(of.undoing)}};
  if (of.undo) {
    made["undone_by"] =
        fmt::format("{}:{}", of.undo->module, of.undo->function);
  }
  return made;
}

value limit_value(const appup::suspend_timeout& of) {
  if (const auto* ms = std::get_if<std::chrono::milliseconds>(&of))
    return static_cast<std::int64_t>(ms->count());
  return std::holds_alternative<appup::infinite_timeout>(of) ? value("infinity")
                                                             : value();
}

/// Only what the instructions say.
void add_limits(const planned_module& of, boost::json::object& to) {
  boost::json::object limits;
  if (auto limit = limit_value(of.suspend_timeout); !limit.is_null())
    limits["suspend"] = std::move(limit);
  if (auto limit = limit_value(of.convert_timeout); !limit.is_null())
    limits["convert"] = std::move(limit);
  if (of.when_busy)
    limits["when_busy"] = appup::to_string(*of.when_busy);
  if (!limits.empty())
    to["limits"] = std::move(limits);
}

value to_json(const batch& of) {
  boost::json::array modules;
  for (const auto& one : of.modules) {
    boost::json::object made{{"module", one.module}};
    if (one.is_removed) {
      made["remove"] = true;
    } else if (!one.lib.empty()) {
      made["load"] = fmt::format("{}-{}", one.lib, one.vsn);
    }
    made["suspend"] = one.is_suspended;
    made["code_change"] = one.is_converted;
    if (one.is_converted)
      made["extra"] = one.extra;
    add_limits(one, made);
    modules.push_back(std::move(made));
  }
  return boost::json::object{{"batch", std::move(modules)}};
}

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

std::string describe(const effect& of) {
  if (of.what == effect::kind::apply) {
    return fmt::format("{}:{}{}", of.call.module, of.call.function,
                       boost::json::serialize(of.call.args));
  }
  return fmt::format("{} {}", of.what == effect::kind::stop ? "stop" : "start",
                     fmt::join(of.modules, ", "));
}

value to_json(const plan& of) {
  boost::json::array before;
  for (const auto& one : of.before)
    before.push_back(to_json(one));
  boost::json::array steps;
  for (const auto& one : of.steps) {
    steps.push_back(
        std::visit([](const auto& what) { return to_json(what); }, one));
  }
  return boost::json::object{{"before", std::move(before)},
                             {"steps", std::move(steps)}};
}

}  // namespace instar::release_handler
