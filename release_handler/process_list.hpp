// A node's processes for its operators. Private to the API of a node.
//
// What can be seen from outside (name, module, mailbox, whom it waits for) is read
// without asking the process; the rest it is asked. So who has a million
// processes and wants the twenty longest mailboxes has twenty asked.
#pragma once

#include "base/clock.hpp"
#include "base/value.hpp"
#include "release_handler/process_query.hpp"
#include "runtime/runtime.hpp"

#include <span>
#include <vector>

namespace instar::release_handler {

/// A process that is busy is shown as such instead of being waited for.
inline constexpr std::chrono::milliseconds view_patience{200};

/// `{"processes", "matching", "total"}`. Not from a worker.
value list_processes(runtime& node, const process_query& query);

/// What these say of themselves, in their order, as sys::summary; of one that does
/// not answer within view_patience what can be seen from outside, with the error's
/// tag as its status. Not from a worker.
std::vector<boost::json::object> status_rows(runtime& node,
                                             std::span<const pid> processes);

}  // namespace instar::release_handler
