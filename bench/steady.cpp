#include "bench/steady.hpp"

#include "bench/measure.hpp"

// The modules' messages, under the names that they have in every version.
#define INSTAR_VSN instar_v_bench
#include "bench/modules/worker_messages.hpp"
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <vector>

namespace instar::bench {
namespace {

using namespace ::bench;
using clock_type = std::chrono::steady_clock;

constexpr auto patience = std::chrono::minutes(10);

double once(std::size_t count, const std::function<void()>& run) {
  const auto begin = clock_type::now();
  run();
  return std::chrono::duration<double, std::nano>(clock_type::now() - begin)
             .count() /
         static_cast<double>(count);
}

/// Once to warm up, then the one that counts.
double each(std::size_t count, const std::function<void()>& run) {
  run();
  return once(count, run);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double all = 0;
  double pages = 0;
  statm >> all >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

class steady {
public:
  explicit steady(std::size_t workers) : on_(workers) {
    for (const auto* module : {"bench_worker", "bench_cell"})
      on_.node().code().commit({{on_.load("1.0.0", module)}, {}});
    driver_ = start();
  }

  double calls(std::size_t pairs, std::uint64_t count, bool has_timeout) {
    drive asked{{}, {}, count, false, has_timeout};
    for (std::size_t i = 0; i < pairs; ++i) {
      asked.clients.push_back(start());
      asked.targets.push_back(start());
    }
    return each(pairs * count, [&] { ask<std::uint64_t>(driver_, asked); });
  }

  double casts(std::size_t senders, std::uint64_t count) {
    drive asked{{}, {start()}, count, true, true};
    for (std::size_t i = 0; i < senders; ++i)
      asked.clients.push_back(start());
    return each(senders * count, [&] { ask<std::uint64_t>(driver_, asked); });
  }

  double ring(std::size_t n, std::uint64_t hops) {
    std::vector<pid> all;
    for (std::size_t i = 0; i < n; ++i)
      all.push_back(start());
    for (std::size_t i = 0; i < n; ++i)
      on_.node().cast(all[i], set_next{all[(i + 1) % n]});
    return each(hops, [&] { ask<std::uint64_t>(all[0], pass_token{hops}); });
  }

  double spawn(std::size_t n) {
    return once(n, [&] { cells(n); });
  }
  double bytes(std::size_t n) {
    const auto before = resident_bytes();
    const auto all = cells(n);
    // Their pids, here and in the reply, are not theirs.
    const auto pids = 2 * sizeof(pid) * static_cast<double>(all.size());
    return (resident_bytes() - before - pids) / static_cast<double>(n);
  }
  double cold(std::size_t n) {
    const tick_all asked{cells(n)};
    return each(n, [&] { ask<std::uint64_t>(driver_, asked); });
  }

private:
  std::vector<pid> cells(std::size_t n) {
    return ask<std::vector<pid>>(driver_, spawn_many{"bench_cell", n});
  }
  template <class Reply, class Message>
  Reply ask(pid whom, const Message& m) {
    auto answer = on_.node().call<Reply>(whom, m, patience);
    if (!answer)
      throw std::runtime_error(answer.error().message());
    return std::move(*answer);
  }
  pid start() {
    spawn_options options;
    options.start.module = "bench_worker";
    auto started = on_.node().start(std::move(options));
    if (!started)
      throw std::runtime_error(started.error().message());
    return *started;
  }

  bench_node on_;
  pid driver_;
};

}  // namespace

double measure_steady(const std::string& name, std::size_t n,
                      std::size_t workers) {
  steady on(workers);
  if (name == "call")
    return on.calls(1, 200'000, false);
  if (name == "call_timeout")
    return on.calls(1, 200'000, true);
  if (name == "pairs")
    return on.calls(n, 2'000'000 / n, true);
  if (name == "cast")
    return on.casts(1, 500'000);
  if (name == "fanin")
    return on.casts(n, 1'000'000 / n);
  if (name == "ring")
    return on.ring(n, 1'000'000);
  if (name == "spawn")
    return on.spawn(n);
  if (name == "bytes")
    return on.bytes(n);
  if (name == "cold")
    return on.cold(n);
  throw std::invalid_argument("nothing is measured under the name " + name);
}

}  // namespace instar::bench
