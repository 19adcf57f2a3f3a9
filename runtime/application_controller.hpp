// Applications of a node: loaded, started, stopped, and their environment. As
// OTP's application and application_controller.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/pid.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace instar {

class runtime;

/// What the end of an application means for the node: of a permanent one, for
/// whatever reason, and of a transient one, for any reason but normal, it is the
/// node's end too; that of a temporary one is only told.
enum class application_start_type { permanent, transient, temporary };
const char* to_string(application_start_type type);

/// A part of an application's start, with its own arguments.
struct application_phase {
  std::string name;
  value args;
};

/// What an application's manifest says, as far as the runtime is concerned.
struct application_info {
  std::string name;
  std::string vsn;
  std::string description;
  std::vector<std::string> modules;
  /// Started before it.
  std::vector<std::string> applications;
  /// The callback module, an application or directly the top supervisor's;
  /// empty: a library application.
  std::string start_module;
  value start_args;
  boost::json::object env;
  /// Loaded, but started by this one: their top supervisors are children below its
  /// own. The top one's phases decide which ones its included applications run.
  std::vector<std::string> included = {};
  std::vector<application_phase> start_phases = {};
  /// The folder of this version, whose priv/ its callbacks ask for; empty: it
  /// has none.
  std::string folder;
};

/// An application with what its programs have set at run time.
struct application_settings {
  application_info about;
  /// Counts more than about.env.
  boost::json::object set_env;
};

/// How the environment of an application has changed.
struct env_change {
  std::string application;
  /// The new values.
  boost::json::object changed;
  boost::json::object added;
  boost::json::array removed;
};

struct application_status {
  std::string name;
  std::string vsn;
  std::string description;
  bool is_running = false;
  application_start_type type = application_start_type::temporary;
  pid top;  // null: a library application, or not running
  /// Empty: none does.
  std::string included_by;
  /// It runs, or the one that includes it does.
  bool is_served = false;
};

/// An application that has ended by itself: its top supervisor has. One that is
/// stopped, by whomever, has not.
struct application_end {
  std::string application;
  application_start_type type = application_start_type::temporary;
  exit_reason why;

  /// As OTP's application_controller has it.
  bool ends_node() const;
  /// `application kv (permanent) has ended: shutdown`
  std::string text() const;
};

/// Any thread that is no worker; the queries from any thread.
class application_controller {
public:
  explicit application_controller(runtime& node) : node_(node) {}

  /// Who hears of applications that end, before any is started. Called on the thread
  /// that ran the top supervisor: it may not wait. Without it they are only logged.
  void on_end(std::function<void(const application_end&)> told) {
    told_ = std::move(told);
  }

  /// Errors: already_loaded, included (two would include one).
  result<> load(application_info about);
  /// Errors: not_loaded, running.
  result<> unload(std::string_view name);
  /// Starts a loaded application whose dependencies run: its top supervisor, then
  /// its start phases, each first its own and then those of its included
  /// applications, in their order and before the next phase.
  /// Errors: not_loaded, already_started, not_started (a dependency), included,
  /// init_failed, undef (a phase, and no start_phase).
  result<> start(std::string_view name, application_start_type type);
  /// Stops its top supervisor, then calls the module's stop.
  /// Errors: not_loaded, not_started.
  result<> stop(std::string_view name);
  /// In the reverse order of their start.
  void stop_all();

  /// A process has ended by itself: if it was a top supervisor, its application no
  /// longer runs, its module's stop is called, and on_end's function hears of it.
  /// The thread that ran it.
  void top_ended(pid top, const exit_reason& why);

  value env(std::string_view application, std::string_view key) const;
  /// Empty where the application is not loaded or has no folder.
  std::string priv_dir(std::string_view application) const;
  /// Errors: not_loaded.
  result<> set_env(std::string_view application, std::string_view key,
                   value to);
  /// Version, modules and environment of a release: with its commit. What was set
  /// at run time stays, but for keys to which the release gives another value than
  /// the one before did.
  void update(const std::vector<application_info>& to);
  std::vector<application_settings> snapshot() const;
  /// Undoes update(); what was set since stays.
  void restore(const std::vector<application_settings>& to);

  /// Of running applications whose environment is another one than `before`, in
  /// the order of their start.
  std::vector<env_change> env_changes(
      const std::vector<application_settings>& before) const;
  /// Calls the callback module's config_change, if it has one. Not from a worker.
  /// Errors: callback_failed, with what it threw.
  result<> config_change(const env_change& what);

  /// In the order of their start; those that do not run last.
  std::vector<application_status> all() const;

private:
  struct entry {
    application_info about;
    boost::json::object set_env;
    bool is_running = false;
    application_start_type type = application_start_type::temporary;
    pid top;
    bool is_starting = false;
  };

  const entry* includer_of(std::string_view name) const;
  bool is_served(std::string_view name) const;
  void add_included(const application_info& about,
                    std::vector<application_info>& to) const;
  result<pid> start_top(const application_info& about);
  result<> run_phases(const application_info& about);
  result<> run_phase(const application_info& of,
                     const application_phase& phase);
  void end_top(pid top);
  result<application_info> begin_start(std::string_view name);
  result<> finish_start(std::string_view name, application_start_type type,
                        const result<pid>& top);
  void call_stop(const application_info& about);
  void wait_for_stops();

  runtime& node_;
  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> entries_;
  std::vector<std::string> started_;  // in order
  std::function<void(const application_end&)> told_;
  std::size_t starting_ = 0;
  /// While something starts: who may be its top, and has ended already.
  std::map<pid, exit_reason> ended_early_;
  /// The processes in which modules hear that their application has ended.
  std::vector<pid> stops_;
};

}  // namespace instar
