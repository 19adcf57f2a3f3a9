// A node's runtime: processes, names, code, timers, sockets, applications.
//
// It knows nothing of releases; what the release handler needs is public here,
// so that users can script it too. A program has one; a test may have several,
// one after the other.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "runtime/code_server.hpp"
#include "runtime/context.hpp"
#include "runtime/crash_log.hpp"
#include "runtime/gates.hpp"
#include "runtime/process_table.hpp"
#include "runtime/registry.hpp"
#include "runtime/timers.hpp"
#include "runtime/zombies.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace instar {

class application_controller;
class behaviour;
class external_calls;
class scheduler;
class socket_server;

#if !defined(NDEBUG) || defined(__SANITIZE_ADDRESS__) || \
    defined(__SANITIZE_THREAD__)
inline constexpr bool scans_by_default = true;
#else
inline constexpr bool scans_by_default = false;
#endif

struct runtime_options {
  /// For the private copies of module files; a folder of this process alone.
  path spool;
  std::function<void(log_level, std::string_view)> log;
  /// Before code is unmapped, everything is searched for what points into it, to
  /// check the use counters.
  bool scans_before_unload = scans_by_default;
  /// How long a process that was killed inside a callback may take to return,
  /// before the others are told that it has ended.
  duration kill_patience = std::chrono::milliseconds(100);
};

struct spawn_options {
  /// Null: chosen by the module's kind.
  const behaviour* loop = nullptr;
  start_info start;
  /// Registered under this name; empty: not at all.
  std::string name;
  pid parent;
  bool is_linked = false;
  /// The tag of the reply that tells the parent how init went; 0: none.
  std::uint64_t start_tag = 0;
  /// A start_spec's.
  value debug;
};

class runtime {
public:
  /// `sched`, `files` and `sockets` (null: none) must outlive this.
  runtime(scheduler& sched, file_system& files, runtime_options options);
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// Stops the applications, then every process. Not from a worker.
  void stop();

  // ---- processes. Any thread
  // ---------------------------------------------------

  /// Errors: already_started (the name is taken), no_such_module, badarg.
  result<pid> spawn(spawn_options options);
  /// Those whose child specification names no modules, but has them asked.
  std::vector<pid> dynamic_processes() const;
  /// Puts a message into a mailbox; false where nobody has this pid.
  bool deliver(pid to, message_ptr m);
  void send_exit(pid from, pid to, exit_reason reason);

  // ---- from outside of any process; not from a worker
  // ---------------------------

  /// Starts a process and waits for its init. Errors: as spawn, init_failed,
  /// timeout.
  result<pid> start(spawn_options options,
                    duration timeout = default_call_timeout);
  /// Calls a process and waits. The message must be of kind call.
  /// Errors: timeout, noproc, bad_message.
  result<message_ptr> call(const target& to, message_ptr m,
                           duration timeout = default_call_timeout);
  template <class Reply, class Message>
  result<Reply> call(const target& to, Message&& m,
                     duration timeout = default_call_timeout) {
    INSTAR_TRY_ASSIGN(
        auto answer,
        call(to, make_message(std::forward<Message>(m), message_kind::call),
             timeout));
    if (answer->key != &key_of<Reply>()) {
      return failure(errc::bad_message, "the reply is a " + answer->key->name);
    }
    return std::move(*static_cast<Reply*>(answer->payload()));
  }
  template <class Message>
  void cast(pid to, Message&& m) {
    deliver(to, make_message(std::forward<Message>(m), message_kind::cast));
  }
  template <class Message>
  void send(pid to, Message&& m) {
    deliver(to, make_message(std::forward<Message>(m), message_kind::info));
  }
  /// Calls or casts with a message written as JSON, `{"get": {...}}`, read by
  /// the receiver's own module. Errors: as call, bad_value.
  result<value> call_json(const target& to, const value& m,
                          duration timeout = default_call_timeout);
  result<> cast_json(const target& to, const value& m);

  // ---- parts
  // ---------------------------------------------------------------------

  scheduler& sched() const { return sched_; }
  file_system& files() const { return files_; }
  process_table& table() { return table_; }
  registry& names() { return names_; }
  timers& timer_table() { return timers_; }
  class zombies& zombies() {
    return zombies_;
  }
  class gates& all_gates() {
    return gates_;
  }
  crash_log& crashes() { return crash_log_; }
  code_server& code() { return *code_; }
  const code_server& code() const { return *code_; }
  application_controller& applications() { return *applications_; }
  /// Null where the node has no sockets (a stepped test).
  socket_server* sockets() const { return sockets_; }
  void set_sockets(socket_server* sockets) { sockets_ = sockets; }

  pid whereis(std::string_view name) const { return names_.find(name); }
  std::uint64_t next_tag() {
    return last_tag_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  void log(log_level level, std::string_view text) const;

  // ---- for processes
  // ----------------------------------------------------------------

  void note_wait(process& waiting) { gates_.note_wait(waiting); }
  /// A process has ended: how many have, and why (for probation and logs).
  void on_exit(const end_notice& notice);
  /// An event handler has crashed: its manager lives on.
  void handler_crashed(crash_entry what);
  /// Keeps something that processes may still look at for as long as the node
  /// lives: an upgrade that some process holds up.
  void keep(std::shared_ptr<void> looked_at) {
    const std::lock_guard lock(kept_mutex_);
    kept_.push_back(std::move(looked_at));
  }
  std::uint64_t crash_count() const {
    return crashes_.load(std::memory_order_relaxed);
  }

private:
  result<message_ptr> json_message(const target& to, const value& m,
                                   message_kind kind, pid& receiver);

  scheduler& sched_;
  file_system& files_;
  runtime_options options_;
  std::atomic<std::uint64_t> last_tag_{0};
  std::atomic<std::uint64_t> crashes_{0};
  crash_log crash_log_;
  // Goes last: processes, messages and what is kept point into modules.
  std::unique_ptr<code_server> code_;
  mutable std::mutex dynamic_mutex_;
  std::set<pid> dynamic_;
  std::mutex kept_mutex_;
  std::vector<std::shared_ptr<void>> kept_;
  process_table table_;
  registry names_;
  class gates gates_;
  timers timers_;
  class zombies zombies_;
  std::unique_ptr<external_calls> external_;
  std::unique_ptr<application_controller> applications_;
  socket_server* sockets_ = nullptr;
};

}  // namespace instar
