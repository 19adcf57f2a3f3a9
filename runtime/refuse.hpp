// What becomes of a message that nobody will handle: its sender is told where
// it waits for an answer, and the message is destroyed.
#pragma once

#include "runtime/exit_reason.hpp"
#include "runtime/message.hpp"

#include <string>

namespace instar {

class runtime;

/// The receiver, `to`, is dead, or ended with `why`. Any thread.
void refuse(runtime& node, message_ptr m, pid to,
            const exit_reason& why = {"noproc", {}});

/// Answers a call (or a start) with a failure. Any thread.
void fail_call(runtime& node, pid caller, std::uint64_t tag, int code,
               std::string context);

}  // namespace instar
