// What a node is made of. Private to it.
#pragma once

#include "release_handler/boot_trial.hpp"
#include "release_handler/control_server.hpp"
#include "release_handler/folder_lock.hpp"
#include "release_handler/node.hpp"
#include "release_handler/node_api.hpp"
#include "release_handler/node_config.hpp"
#include "release_handler/release_handler.hpp"
#include "release_handler/service_manager.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/runtime.hpp"
#include "runtime/socket_server.hpp"

#include <spdlog/logger.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace instar::release_handler {

struct node::parts {
  real_file_system files;
  real_clock time;
  std::unique_ptr<folder_lock> lock;
  node_config config;
  service_manager manager = service_manager::from_environment();
  install_counters counters;
  std::shared_ptr<spdlog::logger> logger;
  path spool;
  std::unique_ptr<asio_scheduler> sched;
  std::unique_ptr<instar::runtime> runtime;
  std::unique_ptr<socket_server> sockets;
  std::unique_ptr<release_handler> releases;
  std::unique_ptr<node_api> api;
  std::unique_ptr<control_server> control;
  /// Where the node was started in a release that is on trial, or not started in
  /// one that had failed.
  std::optional<boot_record> boot;
  std::unique_ptr<boot_trial> trial;
  std::thread boot_thread;
  std::atomic<bool> is_ending{false};
  std::atomic<bool> wants_restart{false};
  std::mutex end_mutex;
  /// start_parts() is over.
  bool is_up = false;
  /// The application whose end is the node's.
  std::optional<application_end> lost;

  result<std::string> choose_release(release_store& store,
                                     const node_options& options);
  result<> enter_runtime(const release_store& store, const std::string& vsn,
                         const node_options& options);
  void finish_boot();
  void is_ready();
  void ask_for_restart();
  void application_ended(const application_end& what);
  result<> finish_start();
  void stop_without(const application_end& what);

  ~parts() {
    is_ending.store(true);
    if (sched != nullptr)
      sched->notify();
    if (boot_thread.joinable())
      boot_thread.join();
    trial.reset();
    control.reset();
    if (runtime != nullptr)
      runtime->stop();
    if (sockets != nullptr)
      sockets->close_all();
    if (sched != nullptr)
      sched->stop();
    api.reset();
    releases.reset();
    if (runtime != nullptr)
      runtime->set_sockets(nullptr);
    sockets.reset();
    runtime.reset();
    sched.reset();
    if (lock != nullptr) {
      if (auto gone = files.remove_all(spool); !gone && logger != nullptr) {
        logger->warn("{}", gone.error().message());
      }
    }
  }
};

}  // namespace instar::release_handler
