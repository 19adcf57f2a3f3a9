// A node for a measurement, and what is measured on it.
#pragma once

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/runtime.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace instar::bench {

class bench_node {
public:
  explicit bench_node(std::size_t workers);
  ~bench_node();

  runtime& node() { return *runtime_; }
  /// lib/bench-VSN's module of this name, loaded and not yet current.
  instance* load(const std::string& vsn, const std::string& module);
  pid start_server();

private:
  real_file_system files_;
  path spool_;
  asio_scheduler sched_;
  std::unique_ptr<runtime> runtime_;
};

struct figure {
  std::string name;
  std::size_t n = 0;
  double value = 0;
  std::string unit;
  /// The same of somebody else (`otp`), measured in the same run; in our unit.
  std::optional<double> peer = {};
  std::string peer_name = {};
};

double median(std::vector<double> of);

using clock_type = std::chrono::steady_clock;
double us_since(clock_type::time_point begin);
/// Of this process, in memory now.
double resident_bytes();

/// A function called directly, through a virtual table, through std::function, and
/// in another module through the export table.
std::vector<figure> measure_calls();
/// The same on one worker, with and without what sys can switch on at the server.
std::vector<figure> measure_debugging();
/// n children of one simple_one_for_one: started, each stopped by its pid, and, once
/// they are there again, all stopped with their supervisor.
std::vector<figure> measure_children(std::size_t n);
/// Spawns n idle servers, upgrades them while one client calls, and goes back down.
std::vector<figure> measure_upgrade(std::size_t n);
/// Loads that version of bench_server and has all its processes go up to it. Gives
/// the microseconds that it took.
double install_server(bench_node& on, const std::string& vsn);

}  // namespace instar::bench
