// A whole node that a test steps: scheduler, files in memory, runtime, and the
// module `probe` loaded.
#pragma once

#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"
#include "runtime/sys.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/result.hpp"
#include "tests/support/stepped_scheduler.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace instar::test {

using namespace std::chrono_literals;

class test_node {
public:
  stepped_scheduler sched;
  memory_file_system files;
  /// What was logged.
  std::vector<std::string> logged;
  runtime node;

  /// No seed: first come first served.
  explicit test_node(std::optional<std::uint64_t> seed = {})
      : sched(seed),
        node(sched, files,
             {.spool = "/spool",
              .log = [this](
                         log_level,
                         std::string_view text) { logged.emplace_back(text); },
              .scans_before_unload = true}) {
    terminations().clear();
    terminate_throws().clear();
    load(probe_module);
  }

  /// Makes a module that is part of the test current.
  instance* load(const module_descriptor& module) {
    auto made = node.code().add_builtin(module);
    REQUIRE(made);
    node.code().commit({{*made}, {}});
    return *made;
  }

  /// Starts a process and waits for its init.
  result<pid> try_start(const std::string& module, value args = {},
                        const std::string& name = {}) {
    spawn_options options;
    options.start.module = module;
    options.start.args = std::move(args);
    options.name = name;
    return node.start(std::move(options));
  }
  pid start(const std::string& module, value args = {},
            const std::string& name = {}) {
    const auto made = try_start(module, std::move(args), name);
    REQUIRE(made);
    return *made;
  }
  pid start_probe(const std::string& name = {}) {
    return start("probe", {}, name);
  }

  /// Has a probe run a function, at once; nothing else runs meanwhile that need
  /// not.
  void in(pid p, plain_function function) {
    node.cast(p, run_plain{add_function(std::move(function))});
    sched.run_until_idle();
  }
  void in(pid p, std::function<void(probe_state&)> function) {
    in(p, plain_function(
              [function](probe_state& s, const from&) { function(s); }));
  }
  /// Has a probe run a coroutine as a cast, until everybody is idle.
  void task_in(pid p, task_function function) {
    node.cast(p, run_task{add_function(std::move(function))});
    sched.run_until_idle();
  }

  std::vector<std::string> heard(pid p) {
    const auto state = sys::get_state(node, p);
    REQUIRE(state);
    std::vector<std::string> all;
    for (const auto& one : state->at("heard").as_array())
      all.emplace_back(one.as_string());
    return all;
  }
  bool is_alive(pid p) { return node.table().find_alive(p) != nullptr; }
  void exit(pid p, exit_reason why) {
    node.send_exit({}, p, std::move(why));
    sched.run_until_idle();
  }
};

}  // namespace instar::test
