// A whole node on real threads, with sockets and the module `probe`.
//
// A test waits only for what a process tells it (a call, a latch): never for
// time to pass.
#pragma once

#include "runtime/asio_scheduler.hpp"
#include "runtime/runtime.hpp"
#include "runtime/socket_server.hpp"
#include "runtime/sys.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

namespace instar::test {

using namespace std::chrono_literals;

class real_node {
public:
  asio_scheduler sched;
  memory_file_system files;
  runtime node;
  socket_server sockets;

  explicit real_node(std::size_t workers,
                     runtime_options options = {"/spool", nullptr})
      : sched(workers),
        node(sched, files, std::move(options)),
        sockets(node, sched.io()) {
    node.set_sockets(&sockets);
    load(probe_module);
  }
  ~real_node() {
    node.stop();
    sched.stop();
    node.set_sockets(nullptr);
  }

  instance* load(const module_descriptor& module) {
    auto made = node.code().add_builtin(module);
    REQUIRE(made);
    node.code().commit({{*made}, {}});
    return *made;
  }
  pid start(const std::string& module, value args = {},
            const std::string& name = {}) {
    spawn_options options;
    options.start.module = module;
    options.start.args = std::move(args);
    options.name = name;
    const auto made = node.start(std::move(options), 1min);
    REQUIRE(made);
    return *made;
  }
  pid start_probe(const std::string& name = {}) {
    return start("probe", {}, name);
  }
  void run_in(pid p, plain_function function) {
    node.cast(p, run_plain{add_function(std::move(function))});
  }
  void run_task_in(pid p, task_function function) {
    node.cast(p, run_task{add_function(std::move(function))});
  }
};

}  // namespace instar::test
