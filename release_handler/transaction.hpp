// Carries a plan out on a running node, and takes it back when a step fails.
//
//   outcome       when
//   installed     every step is done
//   refused       a check failed, or somebody was not quiet in time: nothing touched
//   undone        a conversion failed: nobody has seen new code
//   rolled_back   a later step failed: the steps before it were taken back
//   degraded      taking back failed too: the node is left as it is
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/control_api.hpp"
#include "release_handler/plan.hpp"
#include "release_handler/release_data.hpp"
#include "runtime/runtime.hpp"
#include "runtime/upgrade.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {

enum class outcome { installed, refused, undone, rolled_back, degraded };
const char* to_string(outcome of);

struct install_options {
  /// Effects without an exact inverse are allowed.
  bool allow_irreversible = false;
  /// Instead of the instructions' own.
  std::optional<duration> suspend_timeout;
  duration code_change_timeout = std::chrono::seconds(5);
  duration hold = std::chrono::milliseconds(50);
};

struct install_report {
  std::string from;
  std::string to;
  instar::release_handler::outcome outcome =
      instar::release_handler::outcome::refused;
  std::size_t batches = 0;
  std::size_t processes = 0;
  std::map<std::string, std::size_t> by_module;
  duration pause{};
  std::vector<std::pair<std::string, duration>> phases;
  std::optional<failure> error;

  bool ok() const { return outcome == outcome::installed; }
};
value to_json(const install_report& of);

/// One installation. Not from a worker; one at a time on a node.
class transaction {
public:
  /// `target` is what the node's applications become. All must outlive this.
  transaction(runtime& node, const path& root, const plan& todo,
              const release_data& target, install_options options,
              event_sink emit, std::function<bool()> is_cancelled);
  ~transaction();

  /// Loads the new code beside the old and decides whether everything fits; what it
  /// loads is unloaded again unless run() follows. Errors: module files', old_processes,
  /// layout_mismatch, irreversible, adopting.
  result<> check();
  /// All steps, or none. After check().
  install_report run();

private:
  struct done_step {
    const step* what = nullptr;
    std::vector<std::string> stopped;  // effect stop: "supervisor/id"
    /// A batch: what was current before; null: nothing was.
    std::vector<std::pair<std::string, instance*>> before;
  };

  result<> load(const batch& of);
  result<> check_old_code(const planned_module& one);
  std::vector<module_upgrade> upgrades_of(const batch& of) const;
  result<> run_batch(const step& what, install_report& report);
  result<> run_effect(const step& what, const effect& of);
  result<> run_apply(const appup::mfa& call);
  result<> run_application(const appup::mfa& call);
  result<> stop_children(const effect& of, done_step& record);
  result<> start_children(const std::vector<std::string>& stopped);
  result<> take_back(install_report& report);
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
  std::map<std::string, instance*> loaded_;
  std::vector<application_info> applications_before_;
  bool applications_changed_ = false;
  bool was_refused_ = false;
  bool has_touched_ = false;
  std::vector<done_step> done_;
  std::vector<std::string> stopped_;
  steady_time began_{};
  std::size_t batch_number_ = 0;
  std::size_t before_done_ = 0;
};

}  // namespace instar::release_handler
