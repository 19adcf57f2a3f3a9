// A process: a mailbox, a behaviour's loop and its boxes.
//
// Exactly one thread at a time runs a process: whoever turned its inbox word
// from `idle` owns it until it turns it back. Members without "atomic" belong
// to that owner. A process lies in a slab that is never unmapped, so a stale
// pointer may still be read through its atomics; its pid tells whether it is
// still the same.
//
//   inbox word   meaning
//   idle (1)     nobody runs it; a sender that replaces this schedules it
//   0            scheduled or running, nothing new
//   pointer      scheduled or running, new messages (a stack, newest first)
//   dead (3)     no process here; messages are discarded
//
// A process that was killed inside a callback that does not return becomes a zombie
// (zombies.hpp): another thread turns its inbox to `dead` and takes what others are
// to hear of its end. The thread inside finds that when it comes back, and frees
// what is left. What both touch is marked "under fate_".
#pragma once

#include "base/clock.hpp"
#include "runtime/box.hpp"
#include "runtime/end_notice.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/message.hpp"
#include "runtime/small_lock.hpp"
#include "runtime/start.hpp"

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace instar {

class behaviour;
struct blocker;
struct code_uses;
class gate;
class instance;
struct receive_wait;
class runtime;
class sys_debug;
class transition;

/// What a behaviour's loop keeps for a process besides its boxes.
struct loop_data {
  virtual ~loop_data() = default;
  /// The messages that it keeps.
  virtual void visit(const std::function<void(const message&)>& look) const = 0;
};

/// What most processes do not have.
struct process_extra {
  process_extra();
  ~process_extra();
  relations known;                   // under fate_
  std::string name;                  // never changes
  std::unique_ptr<sys_debug> debug;  // null: nothing is switched on
  std::unique_ptr<loop_data> data;
  /// Messages that wait for another state; under fate_ when the process ends.
  message_queue postponed;
  /// What was asked by send_request, by tag; null: not answered yet.
  std::map<std::uint64_t, message_ptr> requests;
};

/// Ends one wait of a handler.
struct wait_outcome {
  /// The reply or down message; null where `error` is set.
  message_ptr answer;
  int error = 0;
  std::string context;
};

class process {
public:
  process() = default;
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  // ---- any thread -----------------------------------------------------------

  /// Runs it for a while. Only the scheduler calls this, once for each enqueue.
  void run();
  /// Adds a message; false where the process is dead (the message is
  /// discarded). `was_idle`: whether nobody ran it then.
  bool push(message_ptr m, bool* was_idle = nullptr);
  /// Has the process look again at what it may do (a gate has opened, say).
  void kick();
  /// Has it look at its boxes: at once where nobody runs it, else when it can.
  void look_again();
  /// Takes the process over where nobody runs it; release() gives it back.
  bool try_claim();
  void release();

  pid self() const {
    return {index_, generation_.load(std::memory_order_acquire)};
  }
  bool is_alive() const {
    return inbox_.load(std::memory_order_acquire) != dead;
  }
  /// Whom its handler waits for; null: nobody.
  pid waiting_for() const;
  /// The attempt to close gates in which its calls may pass; 0: none.
  std::uint64_t pass_mark() const {
    return pass_mark_.load(std::memory_order_seq_cst);
  }
  void set_pass_mark(std::uint64_t attempt) {
    pass_mark_.store(attempt, std::memory_order_seq_cst);
  }
  /// It was killed inside a callback and counts as ended; the callback has not
  /// returned.
  bool is_zombie() const { return is_zombie_.load(std::memory_order_acquire); }
  /// Has a process that was sent a kill and is still inside a callback end without
  /// that: what the others are to hear. Null: it will end by itself soon, or has.
  std::optional<end_notice> declare_dead(pid who);
  /// Whether it has a loop of its own: a special process.
  bool runs_loop() const { return is_loop_.load(std::memory_order_relaxed); }
  /// Whether module code is on its stack.
  bool is_in_callback() const {
    return callback_.load(std::memory_order_acquire) != 0;
  }
  /// What it does now; only the pid where it is another one or has ended.
  blocker look(pid who);
  std::uint64_t mailbox_length() const {
    return mailbox_length_.load(std::memory_order_relaxed);
  }

  // ---- the thread that runs it
  // ------------------------------------------------

  class runtime& node() const {
    return *runtime_;
  }
  const behaviour& loop() const { return *behaviour_; }
  const class gate& own_gate() const { return *gate_; }
  const start_info& start() const { return *start_; }
  pid parent() const { return parent_; }
  /// As link, where the other side knows already: a supervisor and a child that
  /// it starts or ends.
  void add_link(pid other);
  void remove_link(pid other);
  const std::string& name() const;
  /// Before it runs.
  void set_name(const std::string& name) { extra().name = name; }

  std::size_t box_count() const;
  /// As it is; for looking on.
  box& raw_box(std::size_t index = 0);
  /// The box that this activation runs. Adopts what an upgrade has prepared, or
  /// re-owns the box, where its batch has committed; every other use of a box
  /// comes after this call.
  box& current_box(std::size_t index = 0) {
    return current_box(raw_box(index));
  }
  /// As current_box, for code that may write the state: a state prepared before
  /// is no longer true then.
  box& writable_box(std::size_t index = 0) {
    return writable_box(raw_box(index));
  }
  /// Likewise, where the process has several: a box of its own.
  box& current_box(box& found);
  box& writable_box(box& found);
  /// Takes ownership of a state that `owner` made.
  box& add_box(void* state, const type_node* type, instance* owner);
  void remove_boxes();
  /// Destroys the state of one, which is not the first.
  void remove_box(box& gone);
  /// Switches a box over at once; for sys::change_code.
  void adopt_now(box& changing, transition& by) { adopt(changing, by); }
  /// Frees what an upgrade prepared for a box and did not commit.
  void drop_prepared(box& of);
  /// What of it is of that module's code.
  code_uses uses_of(const instance& code) const;
  bool has_waiting_handler() const { return frame_ != nullptr; }
  /// A special process: whenever it is neither suspended nor held it has a frame,
  /// which its behaviour starts.
  void set_loop(bool is_loop) {
    is_loop_.store(is_loop, std::memory_order_relaxed);
  }
  /// Has it go on as a process of another behaviour and module, whose gate it has
  /// joined. Its box is of that module already.
  void become(const behaviour& loop, std::string module);
  bool is_initialised() const { return is_initialised_; }
  bool is_suspended() const { return is_suspended_; }
  void set_suspended(bool suspended) { is_suspended_ = suspended; }
  void set_trap_exit(bool trap) { traps_exits_ = trap; }
  /// Answers the parent, which waits for init.
  void init_succeeded();
  void init_failed(std::string reason);
  /// It ends, and that is no failure.
  void init_ignored();

  /// Has it wait at the gate of that module too, from now on. False: it does not
  /// yet; the behaviour returns at once, and is given the same message again when
  /// it does. Called before anything is done about the message.
  bool join(const std::string& module);
  /// Asked after each callback where a message has several. False: the process was
  /// declared dead meanwhile, and nothing of it may be touched.
  bool may_go_on();

  /// Ends the process when the current callback has returned.
  void stop(exit_reason reason);
  bool is_stopping() const { return is_stopping_; }

  /// A message that the process sends itself, served before the mailbox.
  void continue_with(message_ptr m) { continue_ = std::move(m); }
  /// For its behaviour's loop; null: it has none.
  loop_data* data() const {
    return extra_ == nullptr ? nullptr : extra_->data.get();
  }
  void set_data(std::unique_ptr<loop_data> data);
  /// The message that is handled comes again after the next retry_postponed().
  /// After the handler, not within it.
  void postpone_handled();
  /// For its loop to keep.
  message_ptr take_handled() { return std::move(handled_); }
  /// The call that is handled gets its reply later.
  void owe_handled();
  /// Whether the handler that has just returned goes on later.
  bool handler_waits() const { return new_frame_ != nullptr; }
  message_ptr take_continuation() { return std::move(continue_); }
  /// All that were postponed come next, in their order. Likewise.
  void retry_postponed();
  /// A timeout_message comes unless another message does first. Null: never.
  void set_idle_timeout(duration after);

  /// Begins to wait for an answer tagged `tag`; `resume` runs then.
  void begin_wait(std::uint64_t tag, pid target, steady_time deadline,
                  std::coroutine_handle<> resume);
  wait_outcome take_outcome() { return std::move(outcome_); }
  /// Begins to wait for a message of the mailbox; `resume` runs when `wait` has one,
  /// or has ended without. A timeout of duration::max() never comes.
  void begin_receive(receive_wait& wait, duration timeout,
                     std::coroutine_handle<> resume);
  /// A handler that became a coroutine: the runtime keeps its frame, and the
  /// message that it handles, until it is done.
  void keep_frame(std::coroutine_handle<> frame) { new_frame_ = frame; }

  void link(pid other);
  void unlink(pid other);
  std::uint64_t monitor(pid other);
  void demonitor(std::uint64_t tag);
  /// How many monitor it. Any thread.
  std::size_t watcher_count();
  /// The answer to this one is kept when it comes, and an info tells of it.
  void open_request(std::uint64_t tag);
  /// Whether it was asked and not taken or closed; `answer`: has come.
  bool has_request(std::uint64_t tag, bool answer) const;
  /// What has come; null: nothing. Closes it.
  message_ptr take_response(std::uint64_t tag);
  /// Notes that a call was taken and its reply is owed.
  void owe(const from& caller);
  void paid(const from& caller);
  /// Calls that were taken and not answered yet, where they are kept. Any thread.
  std::size_t owed_count();
  /// Handles another message instead of the one that was taken: the same, as the
  /// running version declares it. Null stays as it is.
  message* replace_handled(message_ptr m) {
    if (m != nullptr)
      std::swap(handled_, m);
    return m == nullptr ? nullptr : handled_.get();
  }
  /// The handler of a call has thrown: its caller is told.
  void fail_handled(const char* why);
  /// The message that is being handled; null: none.
  const message* handled() const { return handled_.get(); }

  /// Whether somebody wants its system events (sys_debug.hpp).
  bool is_debugged() const { return is_debugged_; }
  /// Null where nothing is switched on.
  sys_debug* debug();
  sys_debug& make_debug();
  void drop_empty_debug();

  std::uint64_t next_tag();

private:
  friend class callback_scope;
  friend class gate;
  friend class process_table;
  friend class runtime;
  friend class stepped_scheduler;

  static constexpr std::uintptr_t idle = 1;
  static constexpr std::uintptr_t dead = 3;

  process_extra& extra();  // under fate_
  bool drain();
  bool step();
  bool finish();
  void serve_system(message_ptr m);
  void on_exit_signal(message_ptr m);
  void serve_request(message_ptr m);
  void end_wait_with(wait_outcome outcome);
  void check_deadlines();
  void end_frame();
  bool has_user_work() const;
  bool step_user();
  bool step_held();
  bool step_receive();
  bool has_to_receive() const;
  void take_in(receive_wait& wait, message_ptr m);
  const message* find_passing() const;
  void serve(message_ptr m);
  bool debug_received();
  void debug_done();
  void after_callback();
  void change_gate();
  void destroy_box(box& gone);
  void settle(box& changing, bool writes);
  void settle_boxes();
  void adopt(box& changing, transition& by);
  bool was_declared_dead() const {
    return inbox_.load(std::memory_order_acquire) == dead;
  }
  void terminate();
  std::optional<end_notice> close();
  void take_unread(message* newest, end_notice& into);
  std::uint64_t take_start_tag();
  bool forget_monitor(std::uint64_t tag);
  bool settle_debt(std::uint64_t tag);
  bool keep_response(message_ptr& m);
  void take_known(end_notice& into);
  void ensure_wake(steady_time due);
  void reset();

  std::atomic<std::uintptr_t> inbox_{dead};
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<bool> kicked_{false};
  std::atomic<bool> is_zombie_{false};
  std::atomic<bool> is_loop_{false};
  small_lock fate_;
  bool is_held_ = false;     // under its gate's mutex
  bool is_blocked_ = false;  // in this turn, at the gate
  bool was_held_ = false;
  bool is_initialised_ = false;
  bool is_suspended_ = false;
  bool is_stopping_ = false;
  bool is_linked_to_parent_ = false;  // under fate_
  bool has_left_gate_ = false;        // under fate_
  bool traps_exits_ = false;
  bool has_pending_exit_ = false;
  bool is_terminated_ = false;
  bool has_wait_ = false;
  bool is_handled_paid_ = false;  // the call that is being handled
  bool is_debugged_ = false;
  std::uint8_t wait_shard_ = 0;
  std::uint32_t index_ = 0;

  message_queue system_;
  message_queue user_;
  message_queue deferred_system_;  // needs an open gate
  std::atomic<std::uint64_t> mailbox_length_{0};

  class runtime* runtime_ = nullptr;
  const behaviour* behaviour_ = nullptr;
  class gate* gate_ = nullptr;  // changes under fate_
  class gate* next_gate_ = nullptr;
  std::unique_ptr<start_info> start_;
  box first_box_;
  std::vector<std::unique_ptr<box>> more_boxes_;
  pid parent_;
  std::unique_ptr<process_extra> extra_;
  exit_reason stop_reason_;
  exit_reason pending_exit_;
  message_ptr continue_;

  // A handler that waits.
  std::coroutine_handle<> frame_;
  std::coroutine_handle<> new_frame_;
  std::coroutine_handle<> resume_;
  message_ptr handled_;
  receive_wait* receiving_ = nullptr;  // in the frame that waits
  /// The call for which it had a loop start at a closed gate, in vain.
  const message* refused_ = nullptr;
  std::uint64_t wait_tag_ = 0;
  std::uint64_t start_tag_ = 0;  // under fate_
  steady_time wait_deadline_{};
  wait_outcome outcome_;
  std::atomic<std::uint64_t> waiting_for_{0};
  std::atomic<std::uint64_t> pass_mark_{0};
  // The callback that runs; for declare_dead. Written before module code runs
  // and after: `callback_` last, with release. 0: none; 1: one that owes no answer;
  // else the tag of the call or start.
  std::atomic<std::uint64_t> callback_{0};
  std::atomic<std::uint64_t> callback_caller_{0};
  std::atomic<const type_key*> callback_key_{nullptr};
  std::atomic<steady_time::rep> callback_began_{0};
  message* unread_ =
      nullptr;  // under fate_; taken from the inbox by declare_dead
  process* wait_previous_ = nullptr;  // in the gate's list
  process* wait_next_ = nullptr;

  // Timers: a wake is on its way no later than this.
  steady_time wake_due_ = steady_time::max();
  steady_time idle_deadline_ = steady_time::max();
};

/// While a module's callback runs. The boxes and queues of the process are at rest
/// then: between this scope and the next look at the inbox nobody touches them.
class callback_scope {
public:
  /// `handled` is the message; null: init or terminate, or a handler that goes on
  /// after a wait.
  explicit callback_scope(process& self, const message* handled = nullptr);
  callback_scope(const callback_scope&) = delete;
  callback_scope& operator=(const callback_scope&) = delete;
  ~callback_scope() { self_.callback_.store(0, std::memory_order_release); }

private:
  process& self_;
};

}  // namespace instar
