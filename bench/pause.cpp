#include "bench/pause.hpp"

#include "runtime/scheduler.hpp"

#include "bench/measure.hpp"

// The modules' messages, under the names that they have in every version.
#define INSTAR_VSN instar_v_bench
#include "bench/modules/worker_messages.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace instar::bench {
namespace {

using namespace ::bench;

constexpr auto patience = std::chrono::minutes(10);
constexpr std::size_t client_count = 8;

pid start(bench_node& on, const char* module) {
  spawn_options options;
  options.start.module = module;
  auto started = on.node().start(std::move(options));
  if (!started)
    throw std::runtime_error(started.error().message());
  return *started;
}

}  // namespace

pause_seen measure_pause(std::size_t n, std::size_t workers) {
  bench_node on(workers);
  on.node().code().commit({{on.load("1.0.0", "bench_worker")}, {}});
  const auto driver = start(on, "bench_worker");
  auto made = on.node().call<std::vector<pid>>(
      driver, spawn_many{"bench_server", n}, patience);
  if (!made)
    throw std::runtime_error(made.error().message());

  std::vector<std::thread> threads;
  std::vector<watched> seen(client_count);
  std::vector<pid> clients;
  for (std::size_t i = 0; i < client_count; ++i)
    clients.push_back(start(on, "bench_worker"));
  for (std::size_t i = 0; i < client_count; ++i) {
    threads.emplace_back([&, i] {
      seen[i] = on.node()
                    .call<watched>(clients[i], watch{*made, i}, patience)
                    .value();
    });
  }
  const auto rest = [&](std::chrono::milliseconds time) {
    on.node().sched().wait([] { return false; },
                           on.node().sched().now() + time);
  };
  rest(std::chrono::milliseconds(300));
  pause_seen found;
  found.install_us = install_server(on, "1.1.0");
  rest(std::chrono::milliseconds(100));
  for (const auto& one : clients)
    on.node().cast(one, stop_watching{});
  for (auto& one : threads)
    one.join();
  for (const auto& one : seen)
    found.longest_us = std::max(found.longest_us, one.longest_us - one.mean_us);
  return found;
}

}  // namespace instar::bench
