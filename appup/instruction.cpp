// Keywords, and instructions as JSON.
#include "appup/instruction.hpp"

#include "appup/reader.hpp"

#include <array>
#include <cstddef>

namespace instar::appup {
namespace {

namespace json = boost::json;

json::array names(const std::vector<std::string>& from) {
  return json::array(from.begin(), from.end());
}

json::object call(const mfa& from) {
  return {{"module", from.module},
          {"function", from.function},
          {"args", from.args}};
}

template <class Switch>
json::object switched(const Switch& from) {
  return {{"module", from.module},
          {"pre_purge", to_string(from.pre_purge)},
          {"post_purge", to_string(from.post_purge)}};
}

value timeout_value(const suspend_timeout& timeout) {
  if (const auto* ms = std::get_if<std::chrono::milliseconds>(&timeout)) {
    return static_cast<std::int64_t>(ms->count());
  }
  return std::holds_alternative<infinite_timeout>(timeout) ? "infinity"
                                                           : "default";
}

bool is_unwritten(const suspend_timeout& timeout) {
  const auto* const by_default = std::get_if<default_timeout>(&timeout);
  return by_default != nullptr && !by_default->written;
}

// The argument of each instruction; bare words have none.
struct argument {
  value operator()(const load_object_code& i) const {
    return json::object{
        {"lib", i.lib}, {"vsn", i.vsn}, {"modules", names(i.modules)}};
  }
  value operator()(const point_of_no_return&) const { return nullptr; }
  value operator()(const load& i) const { return switched(i); }
  value operator()(const remove& i) const { return switched(i); }
  value operator()(const purge& i) const { return names(i.modules); }
  value operator()(const suspend& i) const {
    json::array all;
    for (const auto& one : i.modules) {
      if (is_unwritten(one.timeout) && !one.when_busy) {
        all.emplace_back(one.module);
        continue;
      }
      json::object made{{"module", one.module},
                        {"timeout", timeout_value(one.timeout)}};
      if (one.when_busy)
        made["when_busy"] = to_string(*one.when_busy);
      all.push_back(std::move(made));
    }
    return all;
  }
  value operator()(const resume& i) const { return names(i.modules); }
  value operator()(const code_change& i) const {
    json::array all;
    for (const auto& one : i.modules) {
      json::object made{{"module", one.module}, {"extra", one.extra}};
      if (!is_unwritten(one.timeout))
        made["timeout"] = timeout_value(one.timeout);
      all.push_back(std::move(made));
    }
    return json::object{{"mode", to_string(i.mode)}, {"modules", all}};
  }
  value operator()(const stop& i) const { return names(i.modules); }
  value operator()(const start& i) const { return names(i.modules); }
  value operator()(const sync_nodes& i) const {
    json::object all{{"id", i.id}};
    if (const auto* nodes = std::get_if<std::vector<std::string>>(&i.nodes)) {
      all["nodes"] = names(*nodes);
    } else {
      const auto& by = std::get<mfa>(i.nodes);
      all["module"] = by.module;
      all["function"] = by.function;
      all["args"] = by.args;
    }
    return all;
  }
  value operator()(const apply& i) const {
    auto all = call(i.call);
    if (i.undo)
      all["undo"] = call(*i.undo);
    return all;
  }
  value operator()(const restart_new_emulator&) const { return nullptr; }
  value operator()(const restart_emulator&) const { return nullptr; }
};

// In the order of the variants.
constexpr std::array low_names{"load_object_code",
                               "point_of_no_return",
                               "load",
                               "remove",
                               "purge",
                               "suspend",
                               "resume",
                               "code_change",
                               "stop",
                               "start",
                               "sync_nodes",
                               "apply",
                               "restart_new_emulator",
                               "restart_emulator"};
static_assert(low_names.size() == std::variant_size_v<low_level>);
constexpr std::array high_names{"update",
                                "load_module",
                                "add_module",
                                "delete_module",
                                "add_application",
                                "remove_application",
                                "restart_application"};
static_assert(high_names.size() == std::variant_size_v<high_level>);

}  // namespace

value to_json(const low_level& instruction) {
  auto written = std::visit(argument{}, instruction);
  if (written.is_null())
    return keyword(instruction);
  return json::object{{keyword(instruction), std::move(written)}};
}

value to_json(const script& instructions) {
  json::array all;
  all.reserve(instructions.size());
  for (const auto& one : instructions)
    all.push_back(to_json(one));
  return all;
}

const char* keyword(const low_level& instruction) {
  return low_names[instruction.index()];
}

const char* keyword(const high_level& instruction) {
  return high_names[instruction.index()];
}

const char* to_string(start_type type) {
  constexpr std::array names{"permanent", "transient", "temporary", "load",
                             "none"};
  return names[static_cast<std::size_t>(type)];
}

const char* to_string(purge_method method) {
  return method == purge_method::soft_purge ? "soft_purge" : "brutal_purge";
}

const char* to_string(busy_policy policy) {
  constexpr std::array names{"abort", "wait", "restart"};
  return names[static_cast<std::size_t>(policy)];
}

const char* to_string(direction way) {
  return way == direction::up ? "up" : "down";
}

}  // namespace instar::appup
