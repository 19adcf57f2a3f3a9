// What an installation will do, as data: batches of modules that change together,
// and effects between them. Made from a relup's script without touching anything.
//
//   script                                         plan
//   load_object_code, point_of_no_return           files to load
//   apply before point_of_no_return                effects before everything
//   suspend load remove purge code_change resume   one batch, up to the next effect
//   apply stop start                               an effect
//   sync_nodes                                     nothing: no other node is there
//   restart_new_emulator, restart_emulator         the node is started anew in the
//                                                  release
//
// A start in the release loads its modules and starts its applications and their
// processes, so of a script with a restart nothing but its applies is left.
#pragma once

#include "appup/instruction.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace instar::release_handler {

/// Whether an effect can be taken back.
enum class undo_class {
  exact,  ///< as if it had not been
  lossy,  ///< the inverse exists, but state is lost (a stopped process)
  none,
};
const char* to_string(undo_class of);

struct planned_module {
  std::string module;
  /// The lib and version whose file becomes current; empty: nothing is loaded.
  std::string lib;
  std::string vsn;
  bool is_removed = false;
  bool is_suspended = false;
  bool is_converted = false;
  bool is_purged = false;
  appup::suspend_timeout suspend_timeout;
  appup::suspend_timeout convert_timeout;
  std::optional<appup::busy_policy> when_busy;
  appup::direction way = appup::direction::up;
  value extra;
  appup::purge_method pre_purge = appup::purge_method::brutal_purge;
  appup::purge_method post_purge = appup::purge_method::brutal_purge;
};

/// All of it goes over at once, or none.
struct batch {
  std::vector<planned_module> modules;
};

struct effect {
  enum class kind { apply, stop, start };
  kind what = kind::apply;
  appup::mfa call;                   // apply
  std::optional<appup::mfa> undo;    // apply
  std::vector<std::string> modules;  // stop, start
  undo_class undoing = undo_class::none;
};

using step = std::variant<batch, effect>;

struct plan {
  /// Applies before the point of no return.
  std::vector<effect> before;
  std::vector<step> steps;
  /// The node is started anew in the release; `steps` is empty.
  bool restarts = false;
  /// Applies in the new release, once it is started. Without those of module
  /// application.
  std::vector<effect> after_restart;

  std::size_t batch_count() const;
};

/// Errors: effect_in_batch, illegal_instruction (one that this version cannot carry
/// out, or in an impossible place), no_such_file (a load without object code),
/// sync_error.
result<plan> make_plan(const appup::script& script);

/// For `check`, `--dry-run` and people.
value to_json(const plan& of);
std::string describe(const effect& of);
/// What takes it back; empty: nothing.
std::string describe_undo(const effect& of);

}  // namespace instar::release_handler
