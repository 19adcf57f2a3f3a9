// Upgrade instructions as data: what an appup may say (high-level and
// low-level) and what a relup consists of (low-level only). As OTP's appup(4)
// and relup(4).
#pragma once

#include "appup/diagnostic.hpp"
#include "appup/source.hpp"
#include "base/value.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace instar::appup {

enum class direction { up, down };
enum class purge_method { soft_purge, brutal_purge };
/// Matters only going down: a dynamic module's states are converted before its
/// old code is loaded, a static one's after.
enum class module_type { static_module, dynamic_module };
/// How a release starts an application.
enum class start_type { permanent, transient, temporary, load, none };

/// An exported function and its arguments.
struct mfa {
  std::string module;
  std::string function;
  boost::json::array args;

  friend bool operator==(const mfa&, const mfa&) = default;
};

struct default_timeout {
  /// `timeout: default` in so many words: a hand-written script passes through
  /// the translation as it is.
  bool written = false;
  friend bool operator==(const default_timeout&,
                         const default_timeout&) = default;
};
struct infinite_timeout {
  friend bool operator==(const infinite_timeout&,
                         const infinite_timeout&) = default;
};
/// How long a process may take to be quiet, or its conversion to return.
using suspend_timeout =
    std::variant<default_timeout, infinite_timeout, std::chrono::milliseconds>;

/// What becomes of an installation where a process is not quiet in time; ours.
enum class busy_policy {
  abort,    ///< it is given up
  wait,     ///< it waits until it is cancelled
  restart,  ///< the process is killed, and its supervisor restarts it
};

// --- low-level ------------------------------------------------------------

struct load_object_code {
  std::string lib;
  std::string vsn;
  std::vector<std::string> modules;
  friend bool operator==(const load_object_code&,
                         const load_object_code&) = default;
};
struct point_of_no_return {
  friend bool operator==(const point_of_no_return&,
                         const point_of_no_return&) = default;
};
struct load {
  std::string module;
  purge_method pre_purge = purge_method::brutal_purge;
  purge_method post_purge = purge_method::brutal_purge;
  friend bool operator==(const load&, const load&) = default;
};
struct remove {
  std::string module;
  purge_method pre_purge = purge_method::brutal_purge;
  purge_method post_purge = purge_method::brutal_purge;
  friend bool operator==(const remove&, const remove&) = default;
};
struct purge {
  std::vector<std::string> modules;
  friend bool operator==(const purge&, const purge&) = default;
};
struct suspended_module {
  std::string module;
  suspend_timeout timeout;
  /// Ours; none: as the installation says.
  std::optional<busy_policy> when_busy = {};
  friend bool operator==(const suspended_module&,
                         const suspended_module&) = default;
};
struct suspend {
  std::vector<suspended_module> modules;
  friend bool operator==(const suspend&, const suspend&) = default;
};
struct resume {
  std::vector<std::string> modules;
  friend bool operator==(const resume&, const resume&) = default;
};
struct changed_module {
  std::string module;
  value extra;
  /// How long one conversion may take; ours.
  suspend_timeout timeout = {};
  friend bool operator==(const changed_module&,
                         const changed_module&) = default;
};
struct code_change {
  direction mode = direction::up;
  std::vector<changed_module> modules;
  friend bool operator==(const code_change&, const code_change&) = default;
};
struct stop {
  std::vector<std::string> modules;
  friend bool operator==(const stop&, const stop&) = default;
};
struct start {
  std::vector<std::string> modules;
  friend bool operator==(const start&, const start&) = default;
};
struct sync_nodes {
  value id;
  /// The nodes, or the function that names them.
  std::variant<std::vector<std::string>, mfa> nodes;
  friend bool operator==(const sync_nodes&, const sync_nodes&) = default;
};
struct apply {
  mfa call;
  /// What takes `call` back; ours.
  std::optional<mfa> undo;
  friend bool operator==(const apply&, const apply&) = default;
};
struct restart_new_emulator {
  friend bool operator==(const restart_new_emulator&,
                         const restart_new_emulator&) = default;
};
struct restart_emulator {
  friend bool operator==(const restart_emulator&,
                         const restart_emulator&) = default;
};

using low_level =
    std::variant<load_object_code, point_of_no_return, load, remove, purge,
                 suspend, resume, code_change, stop, start, sync_nodes, apply,
                 restart_new_emulator, restart_emulator>;
/// What a relup carries out.
using script = std::vector<low_level>;

// --- high-level, defaults filled in ---------------------------------------

struct soft_change {
  friend bool operator==(const soft_change&, const soft_change&) = default;
};
struct advanced_change {
  value extra;
  friend bool operator==(const advanced_change&,
                         const advanced_change&) = default;
};

struct update {
  std::string module;
  std::variant<soft_change, advanced_change> change;
  module_type type = module_type::dynamic_module;
  suspend_timeout timeout;
  /// Ours, as the next: how long one conversion may take.
  suspend_timeout convert_timeout = {};
  std::optional<busy_policy> when_busy = {};
  purge_method pre_purge = purge_method::brutal_purge;
  purge_method post_purge = purge_method::brutal_purge;
  /// The modules that this one depends on.
  std::vector<std::string> dep_mods;
  friend bool operator==(const update&, const update&) = default;
};
struct load_module {
  std::string module;
  purge_method pre_purge = purge_method::brutal_purge;
  purge_method post_purge = purge_method::brutal_purge;
  std::vector<std::string> dep_mods;
  friend bool operator==(const load_module&, const load_module&) = default;
};
struct add_module {
  std::string module;
  std::vector<std::string> dep_mods;
  friend bool operator==(const add_module&, const add_module&) = default;
};
struct delete_module {
  std::string module;
  std::vector<std::string> dep_mods;
  friend bool operator==(const delete_module&, const delete_module&) = default;
};
struct add_application {
  std::string name;
  start_type type = start_type::permanent;
  friend bool operator==(const add_application&,
                         const add_application&) = default;
};
struct remove_application {
  std::string name;
  friend bool operator==(const remove_application&,
                         const remove_application&) = default;
};
struct restart_application {
  std::string name;
  friend bool operator==(const restart_application&,
                         const restart_application&) = default;
};

using high_level =
    std::variant<update, load_module, add_module, delete_module,
                 add_application, remove_application, restart_application>;

// --- as written -----------------------------------------------------------

/// An instruction with errors. It is kept, because OTP looks at where it stands
/// before it looks at what it says, and at neither in a script it does not use.
struct malformed {
  /// At least one, in OTP's order of checks.
  diagnostics errors;
  /// An apply or load_object_code in all but its arguments: it may stand before
  /// the point of no return.
  bool may_precede_point_of_no_return = false;
  bool is_load_object_code = false;
};

struct written_instruction {
  std::variant<high_level, low_level, malformed> what;
  source_position where;
  /// Where the module's or application's name stands; of a load_object_code the
  /// version, of which there must be one.
  text_position name_at;
  /// Each of the list: the dep_mods of a high-level instruction, the modules of
  /// a low-level one.
  std::vector<text_position> modules_at;
  /// The one that the translation made it for; null: an author's own, or what
  /// follows from the releases. Lives as long.
  const written_instruction* made_for = nullptr;
};

}  // namespace instar::appup
