// What a loop waits for, as the process sees it; made by receive.hpp.
#pragma once

#include "runtime/message.hpp"

#include <cstddef>

namespace instar {

/// Lies in the frame that waits. Only the thread that runs the process.
struct receive_wait {
  /// Which of the wanted types a message is, by its place among them, or nothing.
  /// Of another version: `adapted` is the same message as this one declares it.
  /// Module code.
  using match_function = std::ptrdiff_t (*)(receive_wait& self,
                                            const message& m,
                                            message_ptr& adapted);
  static constexpr std::ptrdiff_t nothing = -1;

  match_function match = nullptr;
  /// Whether it ends where there is a system message to be served.
  bool takes_system = false;

  /// What it ended with: a message, in the process or here; a system message; else
  /// its time was over.
  std::ptrdiff_t which = nothing;
  message* taken = nullptr;
  message_ptr kept;
  bool is_system = false;

  /// Its time is over: the next look at the mailbox is the last.
  bool is_due = false;
  /// The last message of the mailbox that it did not want; null: it has not looked.
  message* seen = nullptr;

  /// The first message of the mailbox that it wants and has not looked at.
  message_ptr take(message_queue& mailbox) {
    return take_if(mailbox, seen, [](const message&) { return true; });
  }
  /// The first one of that sender that it wants.
  message_ptr take_from(message_queue& mailbox, pid sender) {
    message* start = nullptr;
    return take_if(mailbox, start,
                   [&](const message& m) { return m.sender == sender; });
  }

private:
  template <class Condition>
  message_ptr take_if(message_queue& mailbox, message*& behind,
                      Condition condition) {
    message_ptr adapted;
    auto found = mailbox.take_behind(behind, [&](const message& m) {
      if (condition(m))
        which = match(*this, m, adapted);
      return which != nothing;
    });
    return adapted != nullptr ? std::move(adapted) : std::move(found);
  }
};

}  // namespace instar
