// Calls made from outside of any process: the control API, the release handler,
// a test. Their answers come here by tag instead of to a mailbox.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/message.hpp"
#include "runtime/pid.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <set>

namespace instar {

class scheduler;

/// The sender of such calls; no process has it.
inline constexpr pid external_pid{UINT32_MAX, 1};

/// Any thread.
class external_calls {
public:
  explicit external_calls(scheduler& sched) : sched_(sched) {}

  /// Before the call is sent.
  void expect(std::uint64_t tag);
  /// An answer has come; dropped where nobody expects it.
  void complete(message_ptr answer);
  /// Not from a worker. Errors: timeout, or what the answer says.
  result<message_ptr> wait(std::uint64_t tag, duration timeout);

private:
  scheduler& sched_;
  std::mutex mutex_;
  std::set<std::uint64_t> expected_;
  std::map<std::uint64_t, message_ptr> answers_;
};

}  // namespace instar
