// What the loop of a gen_statem keeps for a process: what its callbacks have asked
// for and has not come yet. Of the process's own thread.
#pragma once

#include "runtime/gen_statem.hpp"
#include "runtime/process.hpp"
#include "runtime/system_event.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace instar {

/// Comes when a timer of that number is due; 0: an event of `next` is to be
/// handled.
struct statem_tick {
  std::uint64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(statem_tick, (), (number))

struct statem_data final : loop_data {
  /// An event that the machine has made itself.
  struct own_event {
    event_type type;
    std::string name;
    message_ptr content;
  };
  struct timer {
    own_event makes;
    std::uint64_t number;
    timer_ref runs;
  };

  void visit(const std::function<void(const message&)>& look) const override;
  /// Does what the actions of a callback say; `is_changed`: the state is another.
  void take(process& self, bool is_changed, std::vector<statem_action> actions);
  /// The event of a timer that is due; nothing where it was cancelled meanwhile.
  std::optional<own_event> expire(std::uint64_t number);
  /// Also one that has come, and waits in `next`.
  void cancel(process& self, event_type type, std::string_view name);
  void cancel_all(process& self);

  /// That is handled.
  event_info now;
  bool postpones = false;
  bool retries = false;
  /// What comes before the mailbox.
  std::deque<own_event> next;
  /// Events of the machine's own that wait for another state.
  std::vector<own_event> postponed;
  std::vector<timer> timers;
  /// The module that events go to from now on; empty: it stays.
  std::string next_module;
  /// What push_callback_module has left, the last one last.
  std::vector<std::string> pushed;
  /// The machine's state, where somebody wants its events.
  value told_state;

  /// Emits an event about `content`, in the state that was told last.
  void tell(process& self, system_event_kind kind, const message* content,
            boost::json::object more = {}) const;

private:
  void tell_timer(process& self, const own_event& makes,
                  const duration* after) const;
  void set(process& self, statem_action asked, std::vector<own_event>& at_once);
  void update(process& self, statem_action asked,
              std::vector<own_event>& at_once);
  void change_module(process& self, statem_action& asked);

  std::uint64_t last_number_ = 0;
};

}  // namespace instar
