// Dynamic children at scale.
#include "runtime/exit_reason.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/sys.hpp"

#include "bench/measure.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace instar::bench {
namespace {

constexpr std::chrono::minutes patience{10};
/// Requests in the supervisor's mailbox at a time.
constexpr std::size_t batch = 10'000;

/// Sends `count` requests, and waits for each batch; nobody waits for the single
/// answers.
template <class Make>
void ask_for(runtime& node, pid supervisor, std::size_t count, Make make) {
  for (std::size_t i = 0; i < count;) {
    for (const auto end = std::min(count, i + batch); i < end; ++i) {
      auto request = make_message(make(i), message_kind::call);
      request->sender = external_pid;
      request->tag = node.next_tag();
      node.deliver(supervisor, std::move(request));
    }
    const auto counted =
        node.call<child_counts>(supervisor, count_children{}, patience);
    if (!counted)
      throw std::runtime_error(counted.error().message());
  }
}

std::size_t children_of(runtime& node, pid supervisor) {
  const auto counted =
      node.call<child_counts>(supervisor, count_children{}, patience);
  if (!counted)
    throw std::runtime_error(counted.error().message());
  return counted->active;
}

}  // namespace

std::vector<figure> measure_children(std::size_t n) {
  std::vector<figure> found;
  bench_node on(std::max(1u, std::thread::hardware_concurrency()));
  auto& node = on.node();
  spawn_options options;
  options.start.module = "bench_sup";
  const auto made = node.start(std::move(options));
  if (!made)
    throw std::runtime_error(made.error().message());
  const auto supervisor = *made;
  const auto add = [&](const char* name, double value, const char* unit) {
    found.push_back({name, n, value, unit});
  };
  const auto each_ns = [&](auto what) {
    const auto begin = clock_type::now();
    what();
    return us_since(begin) * 1000 / static_cast<double>(n);
  };
  const auto start_all = [&] {
    ask_for(node, supervisor, n,
            [](std::size_t) { return start_dynamic_child{}; });
  };

  const auto before = resident_bytes();
  add("start a dynamic child", each_ns(start_all), "ns");
  add("bytes of a dynamic child",
      (resident_bytes() - before) / static_cast<double>(n), "bytes");
  if (children_of(node, supervisor) != n)
    throw std::runtime_error("not all children were started");

  auto rows = node.call<std::vector<child_info>>(supervisor, which_children{},
                                                 patience);
  if (!rows)
    throw std::runtime_error(rows.error().message());
  std::vector<pid> all;
  for (const auto& one : *rows)
    all.push_back(one.child);
  rows->clear();
  rows->shrink_to_fit();
  add("stop a dynamic child", each_ns([&] {
        ask_for(node, supervisor, n, [&](std::size_t i) {
          return terminate_child{{}, all[i]};
        });
      }),
      "ns");
  if (children_of(node, supervisor) != 0)
    throw std::runtime_error("not all children were stopped");

  start_all();
  add("stop it with its supervisor", each_ns([&] {
        node.send_exit(external_pid, supervisor, exit_reason::shutdown());
        node.sched().wait([&] { return node.table().alive() == 0; },
                          node.sched().now() + patience);
      }),
      "ns");
  if (node.table().alive() != 0)
    throw std::runtime_error("a child has outlived its supervisor");
  return found;
}

}  // namespace instar::bench
