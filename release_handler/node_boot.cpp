// Which release a node starts, and the trial of one that it was restarted in.
#include "release_handler/errors.hpp"
#include "release_handler/node_parts.hpp"
#include "release_handler/restart_check.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <utility>

namespace instar::release_handler {

/// The release to start: where a start was asked for, that one, and its trial
/// begins; else the one that `options` names, else the permanent one.
result<std::string> node::parts::choose_release(release_store& store,
                                                const node_options& options) {
  const auto& root = store.root();
  auto asked = read_boot_record(files, root);
  if (!asked) {
    logger->error("{}", asked.error().message());
    INSTAR_TRY(remove_boot_record(files, root));
    asked = std::optional<boot_record>();
  }
  auto vsn = store.permanent().vsn;
  const bool is_asked = *asked && (*asked)->now == boot_record::state::asked;
  if (is_asked) {
    vsn = (*asked)->to;
  } else if (options.release && !*asked) {
    vsn = *options.release;
  }
  auto entered = enter_runtime(store, vsn, options);
  if (*asked && !is_asked) {
    boot = std::move(**asked);
    if (boot->now == boot_record::state::trying)
      boot->why = "the node ended before it was up";
    boot->now = boot_record::state::failed;
  }
  if (is_asked) {
    INSTAR_TRY_ASSIGN(trial, boot_trial::begin(files, root, std::move(**asked),
                                               config.boot_timeout,
                                               [over = options.start_over] {
                                                 if (over)
                                                   over();
                                               }));
    boot = trial->record();
  }
  INSTAR_TRY(std::move(entered));
  if (vsn != store.permanent().vsn)
    INSTAR_TRY(store.set_current(vsn));
  return vsn;
}

result<> node::parts::enter_runtime(const release_store& store,
                                    const std::string& vsn,
                                    const node_options& options) {
  const auto record = store.find(vsn);
  if (!record)
    return {};
  const auto program = runtime_program_of(files, store.root(), record->runtime);
  if (program.empty() || !options.enter_runtime)
    return {};
  return options.enter_runtime(program);
}

/// Healthy, or the permanent release is started.
void node::parts::finish_boot() {
  const auto up = releases->finish_boot(
      [this] { return is_ending.load() || trial->is_decided(); },
      [this] { return trial->pass(); });
  if (up)
    return is_ready();
  if (is_ending.load())
    return;
  logger->error("{}", up.error().message());
  // Else its time was over, and the program is being started anew.
  if (trial->fail(up.error().message()))
    ask_for_restart();
}

void node::parts::is_ready() {
  const auto now = releases->running();
  manager.ready(fmt::format("{} {} runs", now.name, now.vsn));
}

void node::parts::ask_for_restart() {
  wants_restart.store(true);
  ::kill(::getpid(), SIGTERM);
}

// ---- applications that end ---------------------------------------------------------

/// The node ends with it, unless there is a release to go back to: the permanent
/// one where this one is being tried, the one before where it is on probation. On a
/// worker.
void node::parts::application_ended(const application_end& what) {
  if (!what.ends_node() || is_ending.load())
    return;
  {
    const std::lock_guard guard(end_mutex);
    if (!is_up) {
      if (!lost)
        lost = what;
      return;
    }
  }
  if (trial != nullptr && trial->fail(what.text()))
    return ask_for_restart();
  if (!releases->application_ended(what))
    stop_without(what);
}

void node::parts::stop_without(const application_end& what) {
  {
    const std::lock_guard guard(end_mutex);
    if (!lost)
      lost = what;
  }
  ::kill(::getpid(), SIGTERM);
}

/// What ends from here on ends the node; what has ended already is a start that
/// failed.
result<> node::parts::finish_start() {
  const std::lock_guard guard(end_mutex);
  is_up = true;
  if (lost)
    return failure(errc::application_terminated, lost->text());
  return {};
}

}  // namespace instar::release_handler
