#include "runtime/event_calls.hpp"

namespace instar::event {

result<> add_handler(runtime& node, const target& manager,
                     const event_handler& handler, value args,
                     duration timeout) {
  INSTAR_TRY(node.call<std::monostate>(
      manager, add_event_handler{handler, std::move(args), false}, timeout));
  return {};
}

result<value> delete_handler(runtime& node, const target& manager,
                             const event_handler& handler, value args,
                             duration timeout) {
  return node.call<value>(
      manager, delete_event_handler{handler, std::move(args)}, timeout);
}

result<> swap_handler(runtime& node, const target& manager,
                      const event_handler& from, value from_args,
                      const event_handler& to, value to_args,
                      duration timeout) {
  INSTAR_TRY(node.call<std::monostate>(
      manager,
      swap_event_handler{from, std::move(from_args), to, std::move(to_args),
                         false},
      timeout));
  return {};
}

result<std::vector<event_handler>> which_handlers(runtime& node,
                                                  const target& manager,
                                                  duration timeout) {
  return node.call<std::vector<event_handler>>(manager, which_event_handlers{},
                                               timeout);
}

}  // namespace instar::event
