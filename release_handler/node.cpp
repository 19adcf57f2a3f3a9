#include "release_handler/node.hpp"

#include "release_handler/errors.hpp"
#include "release_handler/node_log.hpp"
#include "release_handler/node_parts.hpp"
#include "release_handler/release_data.hpp"
#include "release_handler/start_release.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace instar::release_handler {
namespace {

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

/// Whether one of them came; false after `patience`, if there is one.
bool takes_signal(const sigset_t& signals,
                  std::optional<std::chrono::microseconds> patience) {
  if (!patience)
    return ::sigwaitinfo(&signals, nullptr) > 0;
  timespec time{};
  time.tv_sec = patience->count() / 1'000'000;
  time.tv_nsec = patience->count() % 1'000'000 * 1000;
  return ::sigtimedwait(&signals, nullptr, &time) > 0;
}

}  // namespace

node::node(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
node::~node() = default;

result<std::unique_ptr<node>> node::start(const node_options& options) {
  const auto signals = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  auto made = std::make_unique<parts>();
  auto started = start_parts(*made, options);
  if (started)
    return std::unique_ptr<node>(new node(std::move(made)));
  const bool has_fallen =
      made->trial != nullptr && made->trial->fail(started.error().message());
  if (has_fallen && made->logger != nullptr)
    made->logger->error("{}", started.error().message());
  made.reset();
  if (has_fallen && options.start_over)
    options.start_over();
  return started.error();
}

result<> node::start_parts(parts& p, const node_options& options) {
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
  p.logger = make_node_log(root);
  INSTAR_TRY_ASSIGN(
      auto access, resolve_access(p.config, root,
                                  [logger = p.logger](const std::string& text) {
                                    logger->warn("{}", text);
                                  }));
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
  INSTAR_TRY_ASSIGN(const auto vsn, p.choose_release(store, options));
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
  p.runtime->applications().on_end(
      [&p](const application_end& what) { p.application_ended(what); });
  INSTAR_TRY(start_release(*p.runtime, release, root,
                           p.config.code_mode == code_mode::interactive
                               ? instar::code_mode::interactive
                               : instar::code_mode::embedded));

  p.releases = std::make_unique<release_handler>(
      *p.runtime, p.files, std::move(store), p.time, package_rules_of(p.config),
      p.boot);
  if (options.start_over)
    p.releases->set_restart([&p] { p.ask_for_restart(); });
  p.releases->set_stop(
      [&p](const application_end& what) { p.stop_without(what); });
  p.releases->keep_old_releases(p.config.keep);
  p.releases->events().listen(
      [&p, name = release.spec.release](const value& event) {
        p.counters.note(event);
        tell(p.manager, event, name);
        log_event(*p.logger, event);
      });
  p.api = std::make_unique<node_api>(node_api_parts{
      *p.runtime, *p.releases, p.time, p.time.now(),
      [] { ::kill(::getpid(), SIGTERM); }, &p.counters, p.config.hold,
      static_cast<std::size_t>(p.config.memory_limit_bytes.value_or(0)),
      options.start_over ? [&p] { p.ask_for_restart(); }
                         : std::function<void()>(),
      p.config.boot_timeout});
  INSTAR_TRY_ASSIGN(p.control,
                    control_server::start(root / "run" / "control.sock", *p.api,
                                          {}, std::move(access)));
  if (!p.control->tcp_address().empty())
    p.logger->info("operators may come to https://{}",
                   p.control->tcp_address());
  p.logger->info("release {} {} runs, process {}", release.spec.release, vsn,
                 ::getpid());
  INSTAR_TRY(p.finish_start());
  if (p.trial != nullptr)
    p.boot_thread = std::thread([&p] { p.finish_boot(); });
  return {};
}

node::end node::run() {
  auto& p = *parts_;
  if (p.trial == nullptr)
    p.is_ready();
  const auto signals = ending_signals();
  const auto period = p.manager.watchdog_period();
  // Told only while the workers do what they are given.
  const auto has_run = std::make_shared<std::atomic<bool>>(true);
  for (;;) {
    if (period && has_run->exchange(false)) {
      p.manager.alive();
      p.sched->post([has_run] { has_run->store(true); });
    }
    if (takes_signal(signals, period))
      break;
  }
  if (p.wants_restart.load()) {
    p.manager.reloading("restarting");
    p.logger->info("restarting");
    return end::restart;
  }
  const auto lost = [&p] {
    const std::lock_guard lock(p.end_mutex);
    return p.lost;
  }();
  if (!lost) {
    p.manager.stopping();
    p.logger->info("stopping");
    return end::stopped;
  }
  p.manager.stopping("stopping: " + lost->text());
  p.logger->critical("stopping: {}", lost->text());
  p.releases->record_end(*lost);
  return end::application_terminated;
}

failure node::why_ended() const {
  const std::lock_guard lock(parts_->end_mutex);
  return {errc::application_terminated,
          parts_->lost ? parts_->lost->text() : ""};
}

std::string node::running_release() const {
  return parts_->releases->running().vsn;
}

}  // namespace instar::release_handler
