#include "runtime/blockers.hpp"

#include "runtime/packed_pid.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/thread_slot.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar {

std::string to_string(const blocker& one) {
  const auto handler =
      one.message.empty() ? std::string() : " of " + one.message;
  std::string does = " inside a handler" + handler;
  if (one.waiting_for) {
    does = " waiting for " + to_string(one.waiting_for) +
           (handler.empty() ? "" : " in a handler" + handler);
  } else if (one.is_receiving && !one.is_in_callback) {
    does = " waiting in its loop for a message";
  } else if (one.is_in_callback && handler.empty()) {
    does = " inside init or terminate";
  }
  return fmt::format("{}{}({}){}", one.name, one.name.empty() ? "" : " ",
                     to_string(one.process), does);
}

blocker look_at(runtime& node, pid who) {
  auto* p = node.table().find_alive(who);
  if (p == nullptr)
    return {who, {}, {}, {}, false, {}, false, {}};
  return p->look(who);
}

std::vector<blocker> all_not_quiet(runtime& node) {
  std::vector<pid> who;
  for (const auto& each : node.table().all()) {
    const auto* p = node.table().find_alive(each);
    if (p != nullptr && (p->waiting_for() || p->is_in_callback()))
      who.push_back(each);
  }
  // Also those that no callback keeps: a conversion, an adoption.
  for (const auto& slot : all_thread_slots()) {
    const auto running = slot.running.load(std::memory_order_acquire);
    if (running != 0 && slot.inside.load(std::memory_order_seq_cst) != nullptr)
      who.push_back(unpack(running));
  }
  std::sort(who.begin(), who.end());
  who.erase(std::unique(who.begin(), who.end()), who.end());
  std::vector<blocker> found;
  for (const auto& each : who) {
    if (node.table().find_alive(each) != nullptr)
      found.push_back(look_at(node, each));
  }
  return found;
}

}  // namespace instar
