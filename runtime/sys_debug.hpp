// The debug structure of a process: what sys has switched on for it. As the Debug
// of OTP's sys.
//
// Only the thread that runs the process touches it. A process without one pays a
// test of a flag per message. What is switched on:
//
//   statistics    counts events; the only one that does not write them as JSON
//   log           keeps the last N events
//   trace         writes each event to the node's log
//   log_to_file   appends each event to a file, a line each
//   install       calls an exported function of a module, by name each time, so
//                 that nothing of a module is kept
//   follow        hands each event to a sink of the program
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/system_event.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace instar {

class process;

/// Takes an event, as to_value writes it. Called by whatever thread runs the
/// process: quick, and without calling sys.
using event_sink_function = std::function<void(const value& event)>;

class sys_debug {
public:
  /// Events in a log whose length nobody has given.
  static constexpr std::size_t default_log_length = 10;
  /// The longest log.
  static constexpr std::size_t log_length_limit = 100'000;

  /// One command, `{NAME: ARGUMENT}` or NAME for `{NAME: true}`:
  ///
  ///     statistics   true, false, "get"
  ///     trace        true, false
  ///     log          true, N, false, "get", "print"
  ///     log_to_file  FILE, false
  ///     install      {module, function, state?, id?}
  ///     remove       {id} or {module, function}
  ///     no_debug     true
  ///
  /// Errors: unknown_debug, open_file.
  result<value> command(process& self, const value& asked);

  /// Tells all that are switched on. The function that sys::handle_debug calls.
  void handle(process& self, const system_event& event);

  void follow(std::uint64_t id, event_sink_function sink);
  void unfollow(std::uint64_t id) { followers_.erase(id); }

  /// The events in the log, oldest first.
  value log() const;
  void print_log(const process& self) const;
  /// What is switched on, as get_status shows it.
  value status() const;
  bool is_empty() const;

private:
  struct statistics {
    std::chrono::system_clock::time_point start;
    std::uint64_t in = 0;
    std::uint64_t out = 0;
  };
  struct installed {
    std::string id;  // empty: known by its name
    std::string module;
    std::string function;
    value state;
  };

  result<value> on_statistics(process& self, const value& argument);
  result<value> on_log(process& self, const value& argument);
  result<value> on_log_to_file(process& self, const value& argument);
  result<value> on_install(const value& argument);
  result<value> on_remove(const value& argument);
  std::vector<installed>::iterator find(const installed& wanted);
  void call_functions(process& self, const value& event);

  std::optional<statistics> statistics_;
  bool traces_ = false;
  bool is_handling_ = false;
  std::size_t log_length_ = 0;  // 0: no log
  std::deque<value> log_;
  path file_;                         // empty: none
  std::vector<installed> functions_;  // newest first
  std::map<std::uint64_t, event_sink_function> followers_;
};

namespace sys {

/// Of a process that is_debugged(): emits one event. Behaviours and loops call it,
/// and only where that is so, as the event costs more than the test:
///
///     if (self.is_debugged())
///       sys::handle_debug(self, {system_event_kind::enter, &m, {}, detail});
///
/// It may run module code. As sys:handle_debug/4.
void handle_debug(process& self, const system_event& event);
/// The events that the log of the process holds, oldest first; as sys:get_log/1.
value get_log(process& self);
/// Writes them to the node's log. As sys:print_log/1.
void print_log(process& self);
/// Does a list of commands, as a process's start options give them: one that is
/// unknown, or whose file cannot be opened, is ignored. As sys:debug_options/1.
void set_debug_options(process& self, const value& options);
/// One command; makes the structure where there is none, and drops an empty one.
result<value> debug_command(process& self, const value& asked);

}  // namespace sys
}  // namespace instar
