// What a supervisor is told by its callback module. As OTP's supervisor.
//
//   struct counter_sup : instar::supervisor {
//     static instar::supervisor_spec init(const instar::value& args);
//   };
//   INSTAR_MODULE(counter_sup)
//
// init must be pure: an upgrade calls the new version's init to learn the new
// child specifications before anything is suspended.
#pragma once

#include "base/value.hpp"
#include "runtime/pid.hpp"
#include "runtime/upgrade_limits.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace instar {

enum class restart_type { permanent, transient, temporary };
BOOST_DESCRIBE_ENUM(restart_type, permanent, transient, temporary)

enum class child_type { worker, supervisor };
BOOST_DESCRIBE_ENUM(child_type, worker, supervisor)

enum class restart_strategy {
  one_for_one,
  one_for_all,
  rest_for_one,
  simple_one_for_one
};
BOOST_DESCRIBE_ENUM(restart_strategy, one_for_one, one_for_all, rest_for_one,
                    simple_one_for_one)

/// Whether a supervisor ends when its significant children have ended by
/// themselves and are not started again.
enum class auto_shutdown_mode { never, any_significant, all_significant };
BOOST_DESCRIBE_ENUM(auto_shutdown_mode, never, any_significant, all_significant)

/// Which process to start: a gen_server or a supervisor with this callback
/// module.
struct start_spec {
  std::string module;
  value args{};
  /// Registered under this name; empty: not registered.
  std::string name{};
  /// What sys has switched on from the start: a list of commands as
  /// sys_debug::command takes them, such as "statistics" or {"log": 20}. As the
  /// debug options of OTP's gen_server:start.
  value debug{};
};
BOOST_DESCRIBE_STRUCT(start_spec, (), (module, args, name, debug))

/// How long a child may take to shut down.
inline constexpr std::int64_t shutdown_infinity = -1;
inline constexpr std::int64_t shutdown_brutal_kill = -2;
/// infinity for a supervisor, 5,000 ms for a worker.
inline constexpr std::int64_t shutdown_default = -3;

struct child_spec {
  std::string id;
  start_spec start{};
  restart_type restart = restart_type::permanent;
  /// Milliseconds, or one of the constants above.
  std::int64_t shutdown_ms = shutdown_default;
  child_type type = child_type::worker;
  /// The modules whose upgrades concern this child; empty: the start's module.
  std::vector<std::string> modules{};
  /// The modules are asked of the child by get_modules.
  bool dynamic = false;
  /// What an upgrade grants this child, before its module's instruction and the
  /// installation are asked. From its next start on.
  upgrade_limits upgrade{};
  /// Its end may be the supervisor's: see auto_shutdown. Not for a permanent one.
  bool significant = false;
};
BOOST_DESCRIBE_STRUCT(child_spec, (),
                      (id, start, restart, shutdown_ms, type, modules, dynamic,
                       upgrade, significant))

struct supervisor_spec {
  restart_strategy strategy = restart_strategy::one_for_one;
  /// More than `intensity` restarts within `period` end the supervisor.
  std::int64_t intensity = 1;
  std::chrono::seconds period{5};
  std::vector<child_spec> children{};
  auto_shutdown_mode auto_shutdown = auto_shutdown_mode::never;
};
BOOST_DESCRIBE_STRUCT(supervisor_spec, (),
                      (strategy, intensity, period, children, auto_shutdown))

struct supervisor {};

}  // namespace instar
