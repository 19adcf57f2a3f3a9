#include "release_handler/node.hpp"

#include "release_handler/control_server.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/folder_lock.hpp"
#include "release_handler/node_api.hpp"
#include "release_handler/node_config.hpp"
#include "release_handler/release_data.hpp"
#include "release_handler/release_handler.hpp"
#include "release_handler/start_release.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/runtime.hpp"
#include "runtime/socket_server.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <thread>

namespace instar::release_handler {
namespace {

std::shared_ptr<spdlog::logger> make_logger(const path& root) {
  std::vector<spdlog::sink_ptr> sinks{
      std::make_shared<spdlog::sinks::stderr_color_sink_mt>(),
      std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          (root / "log" / "node.log").string(), 16u << 20, 4)};
  auto made =
      std::make_shared<spdlog::logger>("node", sinks.begin(), sinks.end());
  made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v",
                    spdlog::pattern_time_type::utc);
  made->flush_on(spdlog::level::info);
  return made;
}

spdlog::level::level_enum level_of(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// The signals that end a node: blocked in every thread, taken by run().
sigset_t ending_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

struct node::parts {
  real_file_system files;
  real_clock time;
  std::unique_ptr<folder_lock> lock;
  node_config config;
  std::shared_ptr<spdlog::logger> logger;
  path spool;
  std::unique_ptr<asio_scheduler> sched;
  std::unique_ptr<instar::runtime> runtime;
  std::unique_ptr<socket_server> sockets;
  std::unique_ptr<release_handler> releases;
  std::unique_ptr<node_api> api;
  std::unique_ptr<control_server> control;

  ~parts() {
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

node::node(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
node::~node() = default;

result<std::unique_ptr<node>> node::start(const node_options& options) {
  const auto signals = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  auto made = std::make_unique<parts>();
  auto& p = *made;
  const auto root = boost::filesystem::absolute(options.root);
  if (p.files.kind(root / "releases") != file_kind::folder) {
    return failure(
        errc::no_such_file,
        root.string() + " is no node's folder: releases/ is missing");
  }
  INSTAR_TRY(p.files.make_folders(root / "run"));
  INSTAR_TRY(p.files.make_folders(root / "log"));
  INSTAR_TRY_ASSIGN(p.lock, folder_lock::take(root));
  INSTAR_TRY_ASSIGN(p.config, read_node_config(p.files, root / "instar.yaml"));
  // Before anything runs: a mistake there keeps the node from starting.
  INSTAR_TRY_ASSIGN(auto access, resolve_access(p.config, root));
  p.logger = make_logger(root);
  // Copies that a crashed node left behind; the lock says that none runs.
  p.spool = root / "run" / "modules";
  INSTAR_TRY(p.files.remove_all(p.spool));
  INSTAR_TRY(p.files.make_folders(p.spool));
  if (forbids_execution(p.spool)) {
    return failure(errc::no_exec,
                   p.spool.string() +
                       " is on a file system mounted noexec, from which no "
                       "module can be loaded: mount it without, or place the "
                       "node's folder elsewhere");
  }

  INSTAR_TRY_ASSIGN(auto store, release_store::open(p.files, root));
  auto vsn = store.permanent().vsn;
  if (options.release) {
    vsn = *options.release;
    if (vsn != store.permanent().vsn)
      INSTAR_TRY(store.set_current(vsn));
  }
  INSTAR_TRY_ASSIGN(const auto release, read_release_data(p.files, root, vsn));

  const auto processors = std::max(1u, std::thread::hardware_concurrency());
  p.sched = std::make_unique<asio_scheduler>(
      p.config.workers == 0 ? processors : p.config.workers);
  runtime_options settings;
  settings.spool = p.spool;
  settings.log = [logger = p.logger](log_level level, std::string_view text) {
    logger->log(level_of(level), "{}", text);
  };
  p.runtime =
      std::make_unique<instar::runtime>(*p.sched, p.files, std::move(settings));
  p.sockets = std::make_unique<socket_server>(*p.runtime, p.sched->io());
  p.runtime->set_sockets(p.sockets.get());
  INSTAR_TRY(start_release(*p.runtime, release, root,
                           p.config.code_mode == code_mode::interactive
                               ? instar::code_mode::interactive
                               : instar::code_mode::embedded));

  p.releases =
      std::make_unique<release_handler>(*p.runtime, p.files, std::move(store),
                                        p.time, package_rules_of(p.config));
  p.releases->keep_old_releases(p.config.keep);
  p.api = std::make_unique<node_api>(node_api_parts{
      *p.runtime, *p.releases, p.time, p.time.now(),
      [] { ::kill(::getpid(), SIGTERM); }, p.config.hold,
      static_cast<std::size_t>(p.config.memory_limit_bytes.value_or(0))});
  INSTAR_TRY_ASSIGN(p.control,
                    control_server::start(root / "run" / "control.sock", *p.api,
                                          {}, std::move(access)));
  if (!p.control->tcp_address().empty())
    p.logger->info("operators may come to https://{}",
                   p.control->tcp_address());
  p.logger->info("release {} {} runs, process {}", release.spec.release, vsn,
                 ::getpid());
  return std::unique_ptr<node>(new node(std::move(made)));
}

void node::run() {
  const auto signals = ending_signals();
  int taken = 0;
  while (::sigwait(&signals, &taken) != 0) {
  }
  parts_->logger->info("stopping");
}

std::string node::running_release() const {
  return parts_->releases->running().vsn;
}

}  // namespace instar::release_handler
