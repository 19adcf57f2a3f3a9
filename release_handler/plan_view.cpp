// A plan as JSON and text.
#include "appup/reader.hpp"
#include "release_handler/plan.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

namespace instar::release_handler {
namespace {

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

std::string describe(const effect& of) {
  if (of.what == effect::kind::apply) {
    return fmt::format("{}:{}{}", of.call.module, of.call.function,
                       boost::json::serialize(of.call.args));
  }
  return fmt::format("{} {}", of.what == effect::kind::stop ? "stop" : "start",
                     fmt::join(of.modules, ", "));
}

std::string describe_undo(const effect& of) {
  if (!of.undo)
    return {};
  effect back;
  back.call = *of.undo;
  return describe(back);
}

value to_json(const plan& of) {
  const auto list = [](const std::vector<effect>& effects) {
    boost::json::array made;
    for (const auto& one : effects)
      made.push_back(to_json(one));
    return made;
  };
  boost::json::array steps;
  for (const auto& one : of.steps) {
    steps.push_back(
        std::visit([](const auto& what) { return to_json(what); }, one));
  }
  boost::json::object made{{"before", list(of.before)},
                           {"steps", std::move(steps)}};
  if (of.restarts) {
    made["restart"] =
        boost::json::object{{"undo", to_string(undo_class::lossy)}};
    made["after_restart"] = list(of.after_restart);
  }
  return made;
}

}  // namespace instar::release_handler
