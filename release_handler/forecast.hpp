// What a plan means for the node as it is now: which code, which processes, how
// their states go over, and what memory that takes. For operators; nothing is
// decided by it, and nothing touched.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "release_handler/plan.hpp"
#include "release_handler/release_data.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/supervisor_changes.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace instar {
class instance;
class runtime;
}  // namespace instar

namespace instar::release_handler {

/// How the states of a module's processes go over.
enum class passage {
  none,         ///< there is no old code, or no new
  reowned,      ///< as they are: the layouts are equal
  by_name,      ///< field by field
  code_change,  ///< the module's function
  init,         ///< a supervisor: its new specification
  unknown,      ///< its code is not loaded yet: a later hop's
};
const char* to_string(passage of);

struct module_forecast {
  std::string module;
  /// Versions; empty: none.
  std::string from;
  std::string to;
  /// What is loaded; empty: nothing.
  path file;
  passage goes_over = passage::none;
  std::size_t processes = 0;
  /// The registered ones among them, names_limit at most.
  std::vector<std::string> names;
  /// A second state without what it holds on the heap; 0: none is made.
  std::size_t state_bytes = 0;
  /// Why its states cannot come back; empty: they can.
  std::string no_way_back;

  static constexpr std::size_t names_limit = 8;
  /// For second states, at least.
  std::size_t memory_bytes() const { return processes * state_bytes; }
};

/// Of a batch its modules; of a stop who is stopped.
struct step_forecast {
  std::vector<module_forecast> modules;
  /// Whom supervisors of the batch stop and start, and whose specification they
  /// replace.
  std::vector<child_change> children;
  /// "ID (PID)"
  std::vector<std::string> stopped;
};

/// An application that is not the same in the release; keys of its environment.
struct application_forecast {
  std::string name;
  /// Versions; empty: it is not in that release.
  std::string from;
  std::string to;
  bool is_running = false;
  std::vector<std::string> changed;
  std::vector<std::string> added;
  std::vector<std::string> removed;
};

struct forecast {
  /// As the plan's.
  std::vector<step_forecast> steps;
  std::vector<application_forecast> applications;
};

/// Of the first hop: `loaded` is the new code by module. Not from a worker.
/// Errors: suspended_supervisor, those of a call.
result<forecast> make_forecast(runtime& node, const path& root,
                               const plan& todo, const release_data& target,
                               const std::map<std::string, instance*>& loaded);
/// Of a hop after others, as far as its files tell. `versions`: of each module
/// that the hops before have changed, what it is then; this hop's are added.
forecast make_later_forecast(runtime& node, const path& root, const plan& todo,
                             std::map<std::string, std::string>& versions);

/// What an application becomes: only those that differ.
std::vector<application_forecast> compare_applications(
    const std::vector<application_status>& running,
    const std::vector<application_info>& before,
    const std::vector<application_info>& after);

/// The plan's JSON with what the forecast says in each step.
value to_json(const plan& todo, const forecast& of);

}  // namespace instar::release_handler
