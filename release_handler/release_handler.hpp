// The release handler of a node: it finds the way from the running release to
// another one, carries it out as a transaction, and keeps the statuses. As OTP's
// release_handler; it is no process and never part of a batch.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/boot_record.hpp"
#include "release_handler/check_report.hpp"
#include "release_handler/control_api.hpp"
#include "release_handler/event_hub.hpp"
#include "release_handler/history.hpp"
#include "release_handler/installation.hpp"
#include "release_handler/journal.hpp"
#include "release_handler/release_store.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/runtime.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace instar::release_handler {

/// Who asks, for the history and for whoever comes second.
struct requester {
  std::string who;
};

/// Any thread that is no worker. One installation at a time: another one is refused
/// with install_in_progress, queries are answered meanwhile.
class release_handler {
public:
  /// All must outlive this. An operation that a crash interrupted goes to the
  /// history and to the node's log. `boot`: why the node was started in the release
  /// that runs (`trying`: finish_boot() follows), or not in another one (`failed`).
  release_handler(runtime& node, file_system& files, release_store store,
                  const clock& time, package_rules rules = {},
                  std::optional<boot_record> boot = std::nullopt);
  ~release_handler();

  /// How the node is started anew, which comes soon after: for scripts that restart
  /// it, and for releases that ask for it where a rollback fails. Without it such
  /// scripts are refused. Before anything is installed.
  void set_restart(std::function<void()> restart);
  /// How the node is stopped because of an application that has ended, and that no
  /// way back has brought back. Before anything is installed.
  void set_stop(std::function<void(const application_end&)> stop) {
    stop_ = std::move(stop);
  }
  /// An application has ended that the node cannot do without. True: the release is
  /// on probation, has failed it by this, and is taken back; then the application is
  /// started again, or the node stopped. False: nothing of it. Any thread.
  bool application_ended(const application_end& what);
  /// The node stops because of that: to the history. From the node's own thread.
  void record_end(const application_end& what);
  /// After a start in the release that an installation asked for: does the applies
  /// of its script and asks the release how it is until it says that it is well;
  /// nothing else may change meanwhile. Then `is_up` decides, and the history
  /// gets `restarted`. Errors: boot_failed (an apply, is_over() came true, is_up()
  /// was false), the system's; what was done is taken back.
  result<> finish_boot(const std::function<bool()>& is_over,
                       const std::function<bool()>& is_up);
  /// Whether finish_boot() is still to be called, or under way.
  bool is_booting() const;

  /// Errors: release_store's, by the rules, and install_in_progress.
  result<std::string> unpack_release(const path& package,
                                     const requester& by = {"operator"});
  /// The statuses now; a copy.
  std::vector<release_record> which_releases() const;
  /// Only those with that status.
  std::vector<release_record> which_releases(release_status status) const;
  release_record running() const;
  release_record permanent() const;

  /// Everything that can be found out without touching a process. Errors: those of
  /// install_release that come before prepare.
  result<check_report> check_install_release(const std::string& vsn,
                                             const install_options& options,
                                             const event_sink& emit);
  /// Before a check: drops old code of the modules that the way to `vsn` brings,
  /// where no process uses it. As option purge of OTP's check_install_release.
  /// Errors: those of finding the way, install_in_progress.
  result<> purge_for(const std::string& vsn);
  /// Installs, or leaves everything as it was. The error of a report is one of
  /// no_such_release, already_installed, no_matching_relup, bad_relup_file,
  /// install_in_progress, and those of transaction.
  install_report install_release(const std::string& vsn,
                                 const install_options& options,
                                 const requester& by, const event_sink& emit);
  /// Where the release that was just installed is on probation: until that is over.
  /// The report becomes rolled_back or degraded where the release has failed.
  void wait_for_probation(install_report& report);
  /// For status: null, or {vsn, from, by, since, seconds}.
  value on_probation() const;
  /// What an operator has to look after: a rollback that failed. Empty: nothing.
  /// Until the next installation, rollback or commit is done.
  std::string alarm() const;
  /// Where a rollback leads: `to`, or the permanent release where another one
  /// runs, or the one that ran before. Errors: no_such_release.
  result<std::string> rollback_target(std::optional<std::string> to) const;
  /// Back to rollback_target(to); `commit` makes it permanent. Ends a probation.
  install_report rollback(std::optional<std::string> to, bool commit,
                          const install_options& options, const requester& by,
                          const event_sink& emit);
  /// As OTP's make_permanent. Ends a probation of that release. Also removes old code that nobody uses any more.
  result<> make_permanent(const std::string& vsn, const requester& by);
  /// Errors: release_store's, install_in_progress.
  result<> remove_release(const std::string& vsn,
                          const requester& by = {"operator"});
  /// As release_store's; all are in the history. Errors: also
  /// install_in_progress.
  result<> set_unpacked(const std::string& vsn, const requester& by);
  result<> set_removed(const std::string& vsn, const requester& by);
  result<> install_file(const std::string& vsn, const path& file,
                        const requester& by);
  /// Makes an old release the one that a restart starts. The restart itself is
  /// the caller's, who stops the node. As OTP's, which restarts it. Errors:
  /// no_such_release, bad_status (not old), journal_failed,
  /// install_in_progress.
  result<> reboot_old_release(const std::string& vsn, const requester& by);
  /// make_permanent removes the old releases but the newest `count`, of which
  /// the one that was permanent until then is the first. Before any operation.
  void keep_old_releases(std::optional<std::uint32_t> count) { keep_ = count; }
  /// Gives the running installation up: undone where it has not committed yet,
  /// rolled back where a batch has, or is on probation. False: none runs.
  bool cancel();

  // ---- one application, straight from its appup. No release changes: a restart
  // starts the application as its release has it, and its modules are `modified`
  // until then. A transaction like any other: undone where it fails. The report's
  // versions are the application's.

  /// To the version in `folder`, named APP-VSN, by the appup there. As OTP's
  /// upgrade_app. Errors: unknown_version, no_app_found, app_not_running,
  /// already_installed, no_appup_found, version_not_in_appup, appup's, and a
  /// transaction's.
  install_report upgrade_app(const path& folder, const install_options& options,
                             const requester& by, const event_sink& emit);
  /// What upgrade_app, downgrade_app or eval_appup_script (with `instructions`)
  /// would do; nothing is touched. Errors: theirs that come before prepare.
  result<check_report> check_app(const path& folder, appup::direction way,
                                 const std::optional<path>& instructions,
                                 const install_options& options,
                                 const event_sink& emit);
  /// Back to the version in `folder`, by the appup of the one that runs.
  install_report downgrade_app(const path& folder,
                               const install_options& options,
                               const requester& by, const event_sink& emit);
  /// As upgrade_app, by a file with a list of instructions instead of the appup.
  install_report eval_appup_script(const path& folder, const path& instructions,
                                   const install_options& options,
                                   const requester& by, const event_sink& emit);

  // ---- single modules, in the development loop. One operation at a time, as
  // installations. What they load is `modified`: not what the release says, until
  // a release that brings the module is installed.

  /// Suspends the module's processes, loads the file, converts and resumes: one
  /// batch, undone where it fails. The report's versions are the module's. As the
  /// sys:suspend, c:l, sys:change_code, sys:resume that one types in Erlang.
  /// Errors: no_such_module (it is not loaded), old_processes, and a batch's.
  install_report upgrade_code(const path& file, const value& extra,
                              const install_options& options,
                              const requester& by, const event_sink& emit);
  /// As code_server's. Errors: also install_in_progress.
  result<std::string> load_code(const path& file, const requester& by);
  result<> purge_code(const std::string& module, bool is_soft);
  result<> delete_code(const std::string& module, const requester& by);
  /// By module, the file that was loaded; empty: it was deleted.
  std::map<std::string, std::string> modified() const;

  /// What happens, as it happens. Outlives no watcher.
  event_hub& events() { return events_; }

  std::vector<value> all_history();
  /// What is going on, for status: null, or {to, by, since}.
  value in_progress() const;

private:
  class operation;
  /// What upgrade_app and its kin are asked for.
  struct application_change {
    const char* operation;
    path folder;
    appup::direction way;
    std::optional<path> instructions;
  };
  struct trial;

  void begin_trial(const planned_way& way, const requester& by,
                   install_report& report);
  void run_trial(trial& of);
  install_report take_trial_back(trial& of);
  void end_trial_of(trial& of, const std::optional<install_report>& back);
  void revive(std::vector<application_end> ended);
  bool end_trial();
  void wait_for(trial& of);
  void fall_back(appup::rollback_failure rule, std::string alarm,
                 install_report& report);
  result<> restart_into(const char* what, const planned_hop& hop,
                        const install_options& options, const requester& by,
                        install_report& report);
  result<> ask_for_start(const boot_record& asked);
  void leave(const char* what, const install_report& report,
             const requester& by);
  result<> run_boot(const std::function<bool()>& is_over,
                    const std::function<bool()>& is_up);
  result<> wait_until_well(const appup::release_spec& release,
                           const std::function<bool()>& is_over);
  void hold_operations(std::string why, const std::string& by);
  void raise_alarm(std::string text);
  result<> commit_release(const std::string& vsn, const requester& by);

  result<planned_hop> plan_back(const way_finder& finder, const hop& of);
  result<planned_way> plan_way(const std::string& to,
                               const install_options& options,
                               std::string& from);
  result<> run_installation(const char* what, const std::string& vsn,
                            const install_options& options, const requester& by,
                            const event_sink& emit, install_report& report,
                            planned_way& planned);
  install_options with_modified(install_options options) const;
  result<> check_way(planned_way way, const install_options& options,
                     const event_sink& emit, check_report& report);
  void note_modified(const std::string& module, const std::string& file);
  void forget_modified(const planned_way& way);
  void record_code(const char* what, const std::string& module,
                   const requester& by, boost::json::object more);
  install_report change_to(const char* what, const std::string& vsn,
                           const install_options& options, const requester& by,
                           const event_sink& emit, bool is_trial_back = false);
  void record(const char* what, const install_report& report,
              const requester& by);
  result<planned_hop> plan_application(const application_change& what);
  result<> run_application(const application_change& what,
                           const install_options& options, const requester& by,
                           const event_sink& emit, install_report& report);
  install_report change_application(const application_change& what,
                                    const install_options& options,
                                    const requester& by,
                                    const event_sink& emit);
  using store_change = std::function<result<>(release_store&)>;
  result<> change_store(const char* what, const std::string& vsn,
                        const requester& by, const char* outcome,
                        const store_change& change,
                        boost::json::object more = {},
                        bool is_allowed_on_probation = true);
  void record_change(const char* what, const std::string& vsn,
                     const requester& by, const char* outcome,
                     const result<>& done, boost::json::object more);
  result<> promote(const char* what, const std::string& vsn,
                   const requester& by, const store_change& change);
  void remove_kept_too_long(const std::string& newest, const requester& by);
  result<> recover();
  result<> begin_journal(const char* what, const std::string& from,
                         const std::string& to, const requester& by,
                         boost::json::object more = {});
  void end_journal(boost::json::object entry);
  std::string why_busy() const;

  /// Events go to whoever asked, and to all who watch.
  event_sink told(const event_sink& emit);

  event_hub events_;
  runtime& node_;
  file_system& files_;
  const clock& time_;
  const package_rules rules_;
  mutable std::mutex store_mutex_;
  release_store store_;
  history history_;
  journal journal_;
  /// The journal of before a crash is not in the history yet.
  bool is_unrecovered_ = true;
  std::string previous_;  // ran before the running one
  std::map<std::string, std::string> modified_;
  std::optional<std::uint32_t> keep_;

  mutable std::mutex operation_mutex_;
  std::string operation_;  // empty: none
  std::string operation_by_;
  std::string operation_since_;
  /// No other operation may begin: the node ends, or is not up yet.
  std::string held_;  // empty: none of it
  std::string held_by_;
  std::string held_since_;
  bool is_cancellable_ = false;
  std::atomic<bool> is_cancelled_{false};
  std::shared_ptr<trial> trial_;  // null: nothing is on probation
  std::shared_ptr<trial> last_trial_;
  std::string alarm_;
  std::thread trial_thread_;
  std::function<void()> restart_;
  std::function<void(const application_end&)> stop_;
  /// Until the start that it tells of is decided.
  std::optional<boot_record> boot_;
};

}  // namespace instar::release_handler
