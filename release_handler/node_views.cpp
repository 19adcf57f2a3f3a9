// What a node shows: status, releases, processes, the supervision tree, code.
#include "release_handler/api_request.hpp"
#include "release_handler/node_api.hpp"
#include "release_handler/process_list.hpp"
#include "release_handler/query_parameters.hpp"
#include "runtime/blockers.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/socket_server.hpp"
#include "runtime/sys.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace instar::release_handler {
namespace {

constexpr int tree_depth_limit = 64;
/// So many children of one supervisor are shown where the request does not say.
constexpr std::size_t children_limit = 1000;

std::int64_t in_ms(duration of) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
}

std::int64_t in_us(duration of) {
  return std::chrono::duration_cast<std::chrono::microseconds>(of).count();
}

std::string_view activity_name(worker_activity of) {
  switch (of) {
    case worker_activity::idle:
      return "idle";
    case worker_activity::busy:
      return "busy";
    case worker_activity::stuck:
      break;
  }
  return "stuck";
}

bool is_supervisor(const value& child) {
  return child.at("type") == "supervisor";
}

/// What is known of a child without asking it.
boost::json::object node_of(const value& child) {
  const auto& fields = child.as_object();
  boost::json::object made{{"id", fields.at("id")},
                           {"type", fields.at("type")}};
  if (fields.at("pid").is_null()) {
    made["pid"] = nullptr;
    made["status"] =
        fields.at("restarting").as_bool() ? "restarting" : "undefined";
  }
  return made;
}

boost::json::array trees_of(runtime& node, const boost::json::array& children,
                            std::size_t limit, int depth);

/// Its children, `limit` of them; the rest is counted.
void add_children(runtime& node, pid supervisor, boost::json::object& to,
                  std::size_t limit, int depth) {
  boost::json::array below;
  if (auto children = sys::children(node, supervisor, view_patience, limit))
    below = trees_of(node, children->as_array(), limit, depth + 1);
  if (const auto* count = to.if_contains("child_count")) {
    const auto all = count->to_number<std::size_t>();
    if (all > below.size() && below.size() == limit)
      to["left_out"] = all - below.size();
  }
  to["children"] = std::move(below);
}

/// Those that run are asked at once.
boost::json::array trees_of(runtime& node, const boost::json::array& children,
                            std::size_t limit, int depth) {
  std::vector<pid> running;
  for (const auto& child : children) {
    if (const auto* written = child.at("pid").if_string())
      running.push_back(parse_pid(*written));
  }
  const auto said = status_rows(node, running);
  boost::json::array made;
  std::size_t next = 0;
  for (const auto& child : children) {
    auto one = node_of(child);
    if (child.at("pid").is_string()) {
      for (const auto& [key, item] : said[next]) {
        if (key != "parent")
          one[key] = item;
      }
      if (is_supervisor(child) && depth < tree_depth_limit)
        add_children(node, running[next], one, limit, depth);
      ++next;
    }
    made.emplace_back(std::move(one));
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
        {"name", one.name},
        {"vsn", one.vsn},
        {"running", one.is_served},
        {"type", one.is_running ? value(to_string(one.type)) : value()},
        {"included_by",
         one.included_by.empty() ? value() : value(one.included_by)}});
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

api_response node_api::processes(const api_request& request) const {
  const auto query = read_process_query(request.query);
  if (!query)
    return error_response(query.error());
  return {200, list_processes(parts_.node, *query)};
}

api_response node_api::tree(const api_request& request) const {
  auto limit = children_limit;
  for (const auto& [key, text] : request.query) {
    if (key != "children")
      return error_response(unknown_parameter(key, {"children"}));
    const auto given = read_number(key, text);
    if (!given)
      return error_response(given.error());
    limit = *given;
  }
  boost::json::array rows;
  for (const auto& one : parts_.node.applications().all()) {
    boost::json::object row{{"name", one.name},
                            {"vsn", one.vsn},
                            {"running", one.is_running},
                            {"top", nullptr}};
    if (one.top) {
      const boost::json::object top{{"id", one.name},
                                    {"pid", to_string(one.top)},
                                    {"type", "supervisor"},
                                    {"restarting", false}};
      row["top"] = std::move(trees_of(parts_.node, {top}, limit, 0).front());
    }
    rows.push_back(std::move(row));
  }
  return {200, boost::json::object{{"applications", std::move(rows)}}};
}

api_response node_api::history(const api_request& request) const {
  std::size_t last = any_number;
  for (const auto& [key, text] : request.query) {
    if (key != "last")
      return error_response(unknown_parameter(key, {"last"}));
    const auto given = read_number(key, text);
    if (!given)
      return error_response(given.error());
    last = *given;
  }
  auto all = parts_.releases.all_history();
  boost::json::array rows;
  for (auto i = all.size() - std::min(last, all.size()); i < all.size(); ++i)
    rows.push_back(std::move(all[i]));
  return {200, boost::json::object{{"history", std::move(rows)}}};
}

value node_api::schedulers() const {
  const auto now = parts_.node.sched().status();
  boost::json::array rows;
  auto waiting = now.shared_queue;
  for (const auto& one : now.workers) {
    waiting += one.run_queue;
    boost::json::object row{
        {"worker", rows.size() + 1},  {"activity", activity_name(one.activity)},
        {"running", nullptr},         {"name", nullptr},
        {"module", nullptr},          {"turns", one.turns},
        {"run_queue", one.run_queue}, {"cpu_us", in_us(one.processor_time)},
        {"age_us", in_us(one.age)}};
    if (one.running) {
      const auto seen = look_at(parts_.node, one.running);
      row["running"] = to_string(one.running);
      row["name"] = seen.name.empty() ? value() : value(seen.name);
      row["module"] = seen.module.empty() ? value() : value(seen.module);
    }
    rows.push_back(std::move(row));
  }
  return boost::json::object{{"wanted", now.wanted_workers},
                             {"run_queue", waiting},
                             {"shared_queue", now.shared_queue},
                             {"workers", std::move(rows)}};
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
