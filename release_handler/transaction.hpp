// Carries a plan out on a running node, and takes it back when a step fails.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/control_api.hpp"
#include "release_handler/forecast.hpp"
#include "release_handler/install_report.hpp"
#include "release_handler/journal.hpp"
#include "release_handler/plan.hpp"
#include "release_handler/release_data.hpp"
#include "runtime/rehearsal.hpp"
#include "runtime/runtime.hpp"
#include "runtime/supervisor_changes.hpp"
#include "runtime/upgrade.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace instar::release_handler {

struct install_options {
  /// Effects without an exact inverse are allowed.
  bool allow_irreversible = false;
  /// What holds where neither a process nor an instruction says anything: how
  /// long to try to get it quiet (none: 5 s), how long one conversion may take,
  /// what becomes of the installation where it is not quiet in time.
  std::optional<duration> suspend_timeout;
  duration code_change_timeout = std::chrono::seconds(5);
  /// For all second states of a batch; 0: no limit.
  std::size_t memory_limit_bytes = 0;
  duration hold = std::chrono::milliseconds(50);
  /// Before anything is touched every live state is converted into one that is
  /// thrown away; a failure refuses the installation.
  bool rehearse = false;
  /// With it: what comes of a second state that is converted back must be equal
  /// to the first.
  bool round_trip = false;
  /// With it: in a forked child, so that a conversion may crash or hang.
  bool isolated = false;
  busy_policy when_busy = busy_policy::abort;
  /// Who is not quiet in time is killed, whatever processes and instructions say.
  bool force = false;
  /// A script that restarts the node is refused all the same.
  bool keep_running = false;
  /// Where it restarts the node: the release becomes permanent once it is up.
  bool commit_after_restart = false;
  /// Modules that do not run as released; the release handler says which.
  std::set<std::string> modified = {};
};

/// What a batch is given of them.
upgrade_options batch_options(const install_options& of);

/// One installation. Not from a worker; one at a time on a node.
class transaction {
public:
  /// `target` is what the node's applications become; run() writes to `records`
  /// what it is about to do. All must outlive this.
  transaction(runtime& node, const path& root, const plan& todo,
              const release_data& target, install_options options,
              event_sink emit, std::function<bool()> is_cancelled,
              journal* records = nullptr);
  ~transaction();

  /// Loads the new code beside the old and decides whether everything fits; what it
  /// loads is unloaded again unless run() follows. Errors: module files', old_processes,
  /// layout_mismatch, irreversible, adopting, memory_limit.
  result<> check();
  /// What run() would mean now. After check(). Errors: make_forecast's.
  result<forecast> look_ahead() const;
  /// Converts every live state into one that is thrown away. After check(). `later`
  /// are the hops behind this one, in their order, after load_ahead(); they get
  /// what this one has made of each state. Errors: instar::rehearse's,
  /// memory_limit.
  result<rehearsal_report> rehearse(
      const std::vector<const transaction*>& later = {});
  /// Instead of check(), for a hop behind others: loads what it brings, for a
  /// rehearsal alone. `before` are those others, after their check() or
  /// load_ahead(); they must outlive this. Errors: module files'.
  result<> load_ahead(const std::vector<const transaction*>& before);
  /// All steps, or none. After check().
  install_report run();

private:
  /// A child that a stop has ended.
  struct stopped_child {
    pid supervisor;
    std::string id;
    std::vector<std::string> modules;
  };
  /// One that a batch has given its supervisor or taken from it, and its number in
  /// the journal.
  struct changed_child {
    child_change what;
    std::optional<std::size_t> number = {};
  };
  struct done_step {
    const step* what = nullptr;
    std::vector<stopped_child> children;  // effects stop and start
    /// A batch: what was current before; null: nothing was.
    std::vector<std::pair<std::string, instance*>> before;
    std::size_t batch_number = 0;
    /// A batch: children that are stopped, or started.
    std::vector<changed_child> changes = {};
  };
  /// What an apply of module `application` changed, for its way back.
  struct application_before {
    bool was_loaded = false;
    bool was_running = false;
    application_info about;
    application_start_type type = application_start_type::temporary;
  };

  result<> load(const batch& of, const std::vector<instance*>& before = {});
  std::vector<std::vector<module_upgrade>> batches() const;
  result<> check_not_rebuilt(const instance& next);
  result<> check_old_code(const planned_module& one);
  std::string why_no_way_back(const batch& of) const;
  result<> check_memory(const batch& of) const;
  std::vector<module_upgrade> upgrades_of(const batch& of) const;
  result<> run_batch(const step& what, install_report& report);
  void purge_after(const batch& of);
  /// An effect as the journal has it.
  struct effect_text {
    std::string what;
    bool lasts = false;
    std::string undo = {};
  };
  result<> run_recorded(const effect_text& of,
                        std::optional<std::size_t>& number,
                        const std::function<result<>()>& run);
  result<> run_recorded(const effect& of, const std::function<result<>()>& run);
  void record_undone(std::optional<std::size_t> number);
  void record_undone(const effect& of);
  void note_unrecorded(const result<>& written);
  result<> run_effect(const step& what, const effect& of);
  result<> run_apply(const appup::mfa& call);
  result<> run_application(const appup::mfa& call);
  void note_application(const effect& of);
  result<> take_back_effect(const effect& of, const done_step& done);
  result<> take_back_apply(const effect& of);
  result<> stop_children(const std::vector<std::string>& modules,
                         std::vector<stopped_child>& stopped);
  result<> stop_child(const stopped_child& one);
  result<> start_child(const stopped_child& one);
  result<std::vector<child_change>> changes_of(const batch& of) const;
  result<> change_children(const std::vector<child_change>& changes,
                           done_step& done);
  result<> take_back_children(const done_step& done);
  result<> load_if_new(const std::string& name);
  result<> load_included(const std::string& name);
  void unload_included(const std::string& name);
  result<> tell_applications();
  result<> tell_back();
  result<> take_back();
  result<> take_back_batch(const done_step& done);
  void emit_phase(std::string_view phase);
  void add_report(const upgrade_report& of, install_report& to) const;

  runtime& node_;
  const path& root_;
  const plan& plan_;
  const release_data& target_;
  install_options options_;
  event_sink emit_;
  std::function<bool()> is_cancelled_;
  journal* records_;
  /// The journal's numbers.
  std::map<const effect*, std::size_t> effect_numbers_;
  std::map<std::string, instance*> loaded_;
  /// Those of loaded_ that a transaction before this one unloads.
  std::set<const instance*> borrowed_;
  std::vector<application_settings> applications_before_;
  /// When the applications were told of their new environment, and those that
  /// were.
  std::vector<application_settings> applications_told_of_;
  std::vector<std::string> told_;
  /// By the effect that changed it.
  std::map<const effect*, application_before> application_before_;
  bool applications_changed_ = false;
  bool was_refused_ = false;
  bool has_touched_ = false;
  std::vector<done_step> done_;
  std::vector<stopped_child> stopped_;
  steady_time began_{};
  std::size_t batch_number_ = 0;
  std::size_t before_done_ = 0;
};

}  // namespace instar::release_handler
