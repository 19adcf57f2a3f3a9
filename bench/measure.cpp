#include "bench/measure.hpp"

#include "runtime/sys.hpp"
#include "runtime/upgrade.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace instar::bench {
namespace {

constexpr std::chrono::minutes patience{5};

[[noreturn]] void give_up(const failure& why) {
  throw std::runtime_error(why.message());
}

value call(runtime& node, pid to, const char* message,
           boost::json::object fields) {
  auto answer = node.call_json(
      to, boost::json::object{{message, std::move(fields)}}, patience);
  if (!answer)
    give_up(answer.error());
  return *answer;
}

boost::json::object to_json(pid of) {
  return {{"index", of.index}, {"generation", of.generation}};
}

/// Nanoseconds of one of `count`, by the median of several runs.
template <class Run>
double ns_each(std::size_t count, Run run) {
  std::vector<double> runs;
  run(count / 10);  // warm
  for (int i = 0; i < 5; ++i) {
    const auto begin = clock_type::now();
    run(count);
    runs.push_back(us_since(begin) * 1000 / static_cast<double>(count));
  }
  return median(runs);
}

upgrade_report go(bench_node& on, instance* to, direction way,
                  double& whole_us) {
  module_upgrade server;
  server.module = "bench_server";
  server.next = to;
  server.is_suspended = true;
  server.is_converted = true;
  server.way = way;
  server.limits.suspend_timeout = patience;
  upgrade_options options;
  options.convert_timeout = patience;
  const auto begin = clock_type::now();
  upgrade going(on.node(), {server}, options);
  if (auto done = going.check(); !done)
    give_up(done.error());
  if (auto done = going.prepare(); !done)
    give_up(done.error());
  if (auto done = going.commit(); !done)
    give_up(done.error());
  if (auto done = going.adopt(patience); !done)
    give_up(done.error());
  whole_us = us_since(begin);
  return going.report();
}

}  // namespace

double us_since(clock_type::time_point begin) {
  return std::chrono::duration<double, std::micro>(clock_type::now() - begin)
      .count();
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

bench_node::bench_node(std::size_t workers)
    : spool_(boost::filesystem::temp_directory_path() /
             fmt::format("instar-bench-{}", ::getpid())),
      sched_(workers) {
  runtime_options options;
  options.spool = spool_;
  options.log = [](log_level, std::string_view text) {
    fmt::print(stderr, "{}\n", text);
  };
  runtime_ = std::make_unique<runtime>(sched_, files_, std::move(options));
  for (const auto* module : {"bench_library", "bench_server", "bench_sup"}) {
    node().code().commit({{load("1.0.0", module)}, {}});
  }
}

bench_node::~bench_node() {
  runtime_->stop();
  sched_.stop();
  runtime_.reset();
  boost::system::error_code ignored;
  boost::filesystem::remove_all(spool_, ignored);
}

instance* bench_node::load(const std::string& vsn, const std::string& module) {
  auto loaded = node().code().load_next(
      path(INSTAR_BENCH_LIB) / ("bench-" + vsn) / "modules" / (module + ".so"));
  if (!loaded)
    give_up(loaded.error());
  return *loaded;
}

pid bench_node::start_server() {
  spawn_options options;
  options.start.module = "bench_server";
  auto started = node().start(std::move(options));
  if (!started)
    give_up(started.error());
  return *started;
}

double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

std::vector<figure> measure_calls() {
  constexpr std::size_t count = 5'000'000;
  bench_node on(1);
  const auto server = on.start_server();
  std::vector<figure> made;
  for (const auto* how : {"direct", "virtual", "std::function", "external"}) {
    std::vector<double> runs;
    for (int i = 0; i < 7; ++i) {
      const auto ns = call(on.node(), server, "make_steps",
                           {{"how", how}, {"count", count}});
      runs.push_back(ns.to_number<double>() / static_cast<double>(count));
    }
    made.push_back(
        {std::string("function call, ") + how, count, median(runs), "ns"});
  }
  return made;
}

std::vector<figure> measure_debugging() {
  std::vector<figure> found;
  bench_node on(1);
  const auto client = on.start_server();
  const auto server = on.start_server();
  const auto with = [&](const char* what) {
    const auto ns = [&](const char* message, std::size_t most) {
      return ns_each(most, [&](std::size_t count) {
        call(on.node(), client, message,
             {{"target", to_json(server)}, {"count", count}});
      });
    };
    found.push_back({fmt::format("call_timeout, {}", what), 2,
                     ns("make_calls", 200'000), "ns"});
    found.push_back(
        {fmt::format("cast, {}", what), 2, ns("make_casts", 500'000), "ns"});
  };
  const auto done = [](const auto& answer) {
    if (!answer)
      give_up(answer.error());
  };
  with("debug off");
  done(sys::statistics(on.node(), server, true));
  with("statistics on");
  done(sys::log(on.node(), server));
  with("statistics, log on");
  return found;
}

double install_server(bench_node& on, const std::string& vsn) {
  const auto begin = clock_type::now();
  auto* to = on.load(vsn, "bench_server");
  double whole_us = 0;
  go(on, to, direction::up, whole_us);
  return us_since(begin);
}

std::vector<figure> measure_upgrade(std::size_t n) {
  std::vector<figure> found;
  bench_node on(std::max(1u, std::thread::hardware_concurrency()));
  const auto add = [&](const char* name, double value, const char* unit) {
    found.push_back({name, n, value, unit});
  };

  const auto before = resident_bytes();
  const auto begin = clock_type::now();
  pid last;
  for (std::size_t i = 1; i < n; ++i) {
    spawn_options options;
    options.start.module = "bench_server";
    auto made = on.node().spawn(std::move(options));
    if (!made)
      give_up(made.error());
    last = *made;
  }
  const auto asked = on.start_server();  // behind all others
  call(on.node(), asked, "ping", {});
  add("spawn", us_since(begin) * 1000 / static_cast<double>(n), "ns");
  add("bytes", (resident_bytes() - before) / static_cast<double>(n), "bytes");

  // A client that always has a call under way: its longest one is what a client
  // sees of the pause.
  std::atomic<bool> is_done{false};
  std::atomic<double> longest_us{0};
  std::thread client([&] {
    while (!is_done.load()) {
      const auto asked_at = clock_type::now();
      call(on.node(), asked, "ping", {});
      longest_us.store(std::max(longest_us.load(), us_since(asked_at)));
    }
  });
  std::vector<double> pauses;
  std::vector<double> wholes;
  std::vector<double> seen;
  for (int round = 0; round < 3; ++round) {
    for (const auto way : {direction::up, direction::down}) {
      auto* to =
          on.load(way == direction::up ? "1.1.0" : "1.0.0", "bench_server");
      longest_us.store(0);
      double whole_us = 0;
      const auto report = go(on, to, way, whole_us);
      if (way == direction::up) {
        pauses.push_back(
            std::chrono::duration<double, std::micro>(report.pause).count());
        wholes.push_back(whole_us);
        seen.push_back(longest_us.load());
      }
    }
  }
  is_done.store(true);
  client.join();
  add("pause", median(pauses), "us");
  add("pause as a client sees it", median(seen), "us");
  add("install", median(wholes), "us");
  return found;
}

}  // namespace instar::bench
