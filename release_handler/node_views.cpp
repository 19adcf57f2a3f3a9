// What a node shows: status, releases, processes, the supervision tree, code.
#include "release_handler/node_api.hpp"
#include "runtime/blockers.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/socket_server.hpp"
#include "runtime/sys.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace instar::release_handler {
namespace {

/// A process that is busy is shown as such instead of being waited for.
constexpr std::chrono::milliseconds view_patience{200};
constexpr int tree_depth_limit = 64;

std::int64_t in_ms(duration of) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
}

value status_row(runtime& node, pid process) {
  auto status = sys::summary(node, process, view_patience);
  if (status)
    return std::move(*status);
  return boost::json::object{{"pid", to_string(process)},
                             {"status", status.error().tag()}};
}

value tree_of(runtime& node, const boost::json::object& child, int depth) {
  boost::json::object made{{"id", child.at("id")}, {"type", child.at("type")}};
  const auto* written = child.at("pid").if_string();
  if (written == nullptr) {
    made["pid"] = nullptr;
    made["status"] =
        child.at("restarting").as_bool() ? "restarting" : "undefined";
    return made;
  }
  const auto process = parse_pid(*written);
  const auto row = status_row(node, process);
  for (const auto& [key, item] : row.as_object()) {
    if (key != "parent")
      made[key] = item;
  }
  if (child.at("type") == "supervisor" && depth < tree_depth_limit) {
    boost::json::array below;
    if (auto children = sys::children(node, process, view_patience)) {
      for (const auto& one : children->as_array()) {
        below.push_back(tree_of(node, one.as_object(), depth + 1));
      }
    }
    made["children"] = std::move(below);
  }
  return made;
}

}  // namespace

value node_api::status() const {
  const auto running = parts_.releases.running();
  const auto up = parts_.time.now() - parts_.started;
  boost::json::array applications;
  for (const auto& one : parts_.node.applications().all()) {
    applications.push_back(boost::json::object{
        {"name", one.name}, {"vsn", one.vsn}, {"running", one.is_running}});
  }
  boost::json::array modified;
  for (const auto& [module, file] : parts_.releases.modified()) {
    modified.push_back(boost::json::object{{"module", module}, {"file", file}});
  }
  auto* sockets = parts_.node.sockets();
  const auto alarm = parts_.releases.alarm();
  return boost::json::object{
      {"release", running.name},
      {"vsn", running.vsn},
      {"status", to_string(running.status)},
      {"permanent", parts_.releases.permanent().vsn},
      {"runtime", running.runtime},
      {"uptime_ms",
       std::chrono::duration_cast<std::chrono::milliseconds>(up).count()},
      {"processes", parts_.node.table().alive()},
      {"connections", sockets == nullptr ? 0 : sockets->connection_count()},
      {"crashes", parts_.node.crash_count()},
      {"upgrade", parts_.releases.in_progress()},
      {"probation", parts_.releases.on_probation()},
      {"alarm", alarm.empty() ? value() : value(alarm)},
      {"applications", std::move(applications)},
      {"modified", std::move(modified)},
      {"pid", ::getpid()}};
}

value node_api::processes() const {
  boost::json::array rows;
  for (const auto& process : parts_.node.table().all()) {
    rows.push_back(status_row(parts_.node, process));
  }
  return boost::json::object{{"processes", std::move(rows)}};
}

value node_api::tree() const {
  boost::json::array rows;
  for (const auto& one : parts_.node.applications().all()) {
    boost::json::object row{{"name", one.name},
                            {"vsn", one.vsn},
                            {"running", one.is_running},
                            {"top", nullptr}};
    if (one.top) {
      row["top"] = tree_of(parts_.node,
                           {{"id", one.name},
                            {"pid", to_string(one.top)},
                            {"type", "supervisor"},
                            {"restarting", false}},
                           0);
    }
    rows.push_back(std::move(row));
  }
  return boost::json::object{{"applications", std::move(rows)}};
}

value node_api::code() const {
  boost::json::array rows;
  for (const auto& one : parts_.node.code().all_loaded()) {
    rows.push_back(boost::json::object{
        {"module", one.name},
        {"current", one.current_vsn.empty() ? value() : value(one.current_vsn)},
        {"old", one.old_vsn.empty() ? value() : value(one.old_vsn)},
        {"processes", one.current_boxes},
        {"old_processes", one.old_boxes},
        {"file", one.file}});
  }
  return boost::json::object{{"modules", std::move(rows)}};
}

value node_api::blockers() const {
  boost::json::array rows;
  for (const auto& one : all_not_quiet(parts_.node)) {
    boost::json::object row{
        {"pid", to_string(one.process)}, {"name", one.name},
        {"module", one.module},          {"handler", one.message},
        {"for_ms", in_ms(one.since)},    {"waiting_for", nullptr}};
    if (one.waiting_for)
      row["waiting_for"] = to_string(one.waiting_for);
    rows.push_back(std::move(row));
  }
  boost::json::array zombies;
  const auto now = parts_.node.sched().now();
  for (const auto& one : parts_.node.zombies().all()) {
    zombies.push_back(boost::json::object{{"pid", to_string(one.process)},
                                          {"name", one.name},
                                          {"module", one.module},
                                          {"vsn", one.vsn},
                                          {"handler", one.message},
                                          {"for_ms", in_ms(now - one.since)}});
  }
  boost::json::array old_code;
  for (const auto& one : parts_.node.code().all_loaded()) {
    for (const auto& who : parts_.node.code().holders(one.name)) {
      boost::json::object row{{"module", one.name},
                              {"vsn", one.old_vsn},
                              {"pid", nullptr},
                              {"name", who.name}};
      if (who.process)
        row["pid"] = to_string(who.process);
      row["holds"] = boost::json::array(who.holds.begin(), who.holds.end());
      old_code.push_back(std::move(row));
    }
  }
  return boost::json::object{{"not_quiet", std::move(rows)},
                             {"zombies", std::move(zombies)},
                             {"old_code", std::move(old_code)}};
}

}  // namespace instar::release_handler
