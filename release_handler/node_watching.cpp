// What a node tells those who watch it: its metrics, and its events as they
// happen.
#include "release_handler/api_request.hpp"
#include "release_handler/node_api.hpp"
#include "runtime/errors.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/socket_server.hpp"

#include <chrono>
#include <map>
#include <string>

namespace instar::release_handler {
namespace {

/// How long a watch may go on after its client has left.
constexpr std::chrono::milliseconds look_up{250};
/// A silent watch says that it is there, so that whoever is gone shows.
constexpr std::chrono::seconds silence_limit{15};

void write_releases(exposition& to, const std::vector<release_record>& all) {
  std::map<std::string, double> counts;
  for (const auto status : {release_status::unpacked, release_status::current,
                            release_status::permanent, release_status::old})
    counts[to_string(status)] = 0;
  for (const auto& one : all)
    counts[to_string(one.status)] += 1;
  to.family("instar_releases", "gauge", "Releases on this node, by status.");
  for (const auto& [status, count] : counts)
    to.sample("instar_releases", {{"status", status}}, count);
}

void write_code(exposition& to, const std::vector<loaded_module>& modules) {
  to.family("instar_module_processes", "gauge",
            "Processes that have a state of a module, by its code.");
  for (const auto& one : modules) {
    to.sample("instar_module_processes",
              {{"module", one.name}, {"code", "current"}},
              static_cast<double>(one.current_boxes));
    if (!one.old_vsn.empty()) {
      to.sample("instar_module_processes",
                {{"module", one.name}, {"code", "old"}},
                static_cast<double>(one.old_boxes));
    }
  }
}

void write_schedulers(exposition& to, const scheduler_status& now) {
  auto waiting = now.shared_queue;
  for (const auto& one : now.workers)
    waiting += one.run_queue;
  to.family("instar_run_queue", "gauge", "Processes that wait to run.");
  to.sample("instar_run_queue", {}, static_cast<double>(waiting));
  constexpr std::string_view time = "instar_worker_cpu_seconds_total";
  to.family(time, "counter", "Processor time of each worker's thread.");
  for (std::size_t i = 0; i < now.workers.size(); ++i) {
    to.sample(
        time, {{"worker", std::to_string(i + 1)}},
        std::chrono::duration<double>(now.workers[i].processor_time).count());
  }
  constexpr std::string_view turns = "instar_worker_turns_total";
  to.family(turns, "counter", "How often each worker has run a process.");
  for (std::size_t i = 0; i < now.workers.size(); ++i) {
    to.sample(turns, {{"worker", std::to_string(i + 1)}},
              static_cast<double>(now.workers[i].turns));
  }
}

}  // namespace

api_response node_api::metrics() const {
  exposition to;
  const auto one = [&](std::string_view name, std::string_view type,
                       std::string_view help, double number) {
    to.family(name, type, help);
    to.sample(name, {}, number);
  };
  const auto running = parts_.releases.running();
  to.family("instar_release_info", "gauge", "The release that runs; always 1.");
  to.sample("instar_release_info",
            {{"release", running.name},
             {"vsn", running.vsn},
             {"status", to_string(running.status)}},
            1);
  one("instar_uptime_seconds", "gauge", "Since the node's start.",
      std::chrono::duration<double>(parts_.time.now() - parts_.started)
          .count());
  auto& table = parts_.node.table();
  one("instar_processes", "gauge", "Processes that are alive.",
      static_cast<double>(table.alive()));
  one("instar_process_crashes_total", "counter",
      "Processes that ended by a failure.",
      static_cast<double>(parts_.node.crash_count()));
  const auto* sockets = parts_.node.sockets();
  one("instar_connections", "gauge", "Open connections of the applications.",
      sockets == nullptr ? 0
                         : static_cast<double>(sockets->connection_count()));
  one("instar_upgrade_in_progress", "gauge",
      "1 while a release is unpacked, checked, installed or removed.",
      parts_.releases.in_progress().is_null() ? 0 : 1);
  write_releases(to, parts_.releases.which_releases());
  write_schedulers(to, parts_.node.sched().status());
  write_code(to, parts_.node.code().all_loaded());
  std::vector<std::uint64_t> lengths;
  for (const auto& process : table.all()) {
    if (const auto* p = table.find_alive(process))
      lengths.push_back(p->mailbox_length());
  }
  write_mailboxes(to, std::move(lengths));
  write_installs(to, parts_.counters == nullptr ? install_counters::numbers()
                                                : parts_.counters->now());
  return {200, {}, to.take()};
}

api_response node_api::watch(const api_request& request,
                             const event_sink& emit) {
  event_hub::watcher watcher(parts_.releases.events());
  if (!watcher) {
    return {503, error_body(failure(
                     instar::errc::badarg,
                     fmt::format("{} watch already, and that is the limit",
                                 watchers_limit)))};
  }
  auto now = status().as_object();
  now["event"] = "status";
  emit(now);
  const auto is_gone = [&] { return !request.is_gone || request.is_gone(); };
  for (auto said = parts_.time.now(); !is_gone();) {
    for (const auto& event : watcher.wait(look_up)) {
      emit(event);
      said = parts_.time.now();
    }
    if (parts_.time.now() - said < silence_limit)
      continue;
    emit(boost::json::object{{"event", "silence"}});
    said = parts_.time.now();
  }
  return {200, boost::json::object{{"ok", true}}};
}

}  // namespace instar::release_handler
