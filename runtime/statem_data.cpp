#include "runtime/statem_data.hpp"

#include "runtime/instance.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/sys_debug.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace instar {
namespace {

void stop_timer(process& self, const timer_ref& runs) {
  static_cast<void>(self.node().timer_table().cancel(
      steady_time(std::chrono::nanoseconds(runs.due_ns)), runs.id));
}

std::string_view name_of(event_type type) {
  constexpr std::string_view names[] = {
      "call",    "cast", "info", "timeout", "state_timeout", "generic_timeout",
      "internal"};
  return names[static_cast<std::size_t>(type)];
}

bool is_named(const statem_data::own_event& one, event_type type,
              std::string_view name) {
  return one.type == type && one.name == name;
}

}  // namespace

void statem_data::tell(process& self, system_event_kind kind,
                       const message* content, boost::json::object more) const {
  if (!told_state.is_null())
    more["state"] = told_state;
  sys::handle_debug(self, {kind, content, {}, std::move(more)});
}

/// `after` null: its event comes at once.
void statem_data::tell_timer(process& self, const own_event& makes,
                             const duration* after) const {
  boost::json::object more{{"type", name_of(makes.type)}};
  if (!makes.name.empty())
    more["name"] = makes.name;
  if (after == nullptr) {
    tell(self, system_event_kind::insert_timeout, makes.content.get(),
         std::move(more));
    return;
  }
  more["after_ms"] =
      std::chrono::duration_cast<std::chrono::milliseconds>(*after).count();
  tell(self, system_event_kind::start_timer, makes.content.get(),
       std::move(more));
}

void statem_data::take(process& self, bool is_changed,
                       std::vector<statem_action> actions) {
  using kind = statem_action::kind;
  if (is_changed) {
    retries = true;
    cancel(self, event_type::state_timeout, {});
  }
  std::vector<own_event> first;
  std::vector<own_event> at_once;
  for (auto& one : actions) {
    switch (one.what) {
      case kind::postpone:
        postpones = true;
        break;
      case kind::next_event:
        first.push_back({one.type, {}, std::move(one.content)});
        break;
      case kind::reply:
        detail::send_reply(one.to, std::move(one.content));
        break;
      case kind::set_timer:
        set(self, std::move(one), at_once);
        break;
      case kind::update_timer:
        update(self, std::move(one), at_once);
        break;
      case kind::change_module:
      case kind::push_module:
      case kind::pop_module:
        change_module(self, one);
        break;
    }
  }
  next.insert(next.begin(), std::make_move_iterator(first.begin()),
              std::make_move_iterator(first.end()));
  for (auto& one : at_once)
    next.push_back(std::move(one));
}

void statem_data::set(process& self, statem_action asked,
                      std::vector<own_event>& at_once) {
  cancel(self, asked.type, asked.name);
  std::erase_if(at_once, [&](const auto& one) {
    return is_named(one, asked.type, asked.name);
  });
  if (asked.after == infinity)
    return;
  own_event makes{asked.type, std::move(asked.name), std::move(asked.content)};
  if (self.is_debugged())
    tell_timer(self, makes,
               asked.after <= duration::zero() ? nullptr : &asked.after);
  if (asked.after <= duration::zero()) {
    at_once.push_back(std::move(makes));
    return;
  }
  const auto number = ++last_number_;
  auto tick = make_message(statem_tick{number}, message_kind::info);
  tick->sender = self.self();
  tick->is_told = true;  // the event that it makes is told of
  const auto due = self.node().sched().deadline_after(asked.after);
  const auto id =
      self.node().timer_table().send(self.self(), std::move(tick), due);
  timers.push_back(
      {std::move(makes), number, {due.time_since_epoch().count(), id}});
}

void statem_data::update(process& self, statem_action asked,
                         std::vector<own_event>& at_once) {
  for (auto& one : timers) {
    if (is_named(one.makes, asked.type, asked.name)) {
      one.makes.content = std::move(asked.content);
      return;
    }
  }
  at_once.push_back(
      {asked.type, std::move(asked.name), std::move(asked.content)});
  if (self.is_debugged())
    tell_timer(self, at_once.back(), nullptr);
}

void statem_data::change_module(process& self, statem_action& asked) {
  using kind = statem_action::kind;
  if (asked.what == kind::pop_module) {
    if (pushed.empty())
      throw std::logic_error("no callback module was pushed");
    next_module = std::move(pushed.back());
    pushed.pop_back();
    return;
  }
  if (asked.what == kind::push_module) {
    pushed.push_back(next_module.empty() ? self.raw_box().owner->name
                                         : next_module);
  }
  next_module = std::move(asked.name);
}

std::optional<statem_data::own_event> statem_data::expire(
    std::uint64_t number) {
  const auto found =
      std::find_if(timers.begin(), timers.end(),
                   [&](const timer& one) { return one.number == number; });
  if (found == timers.end())
    return std::nullopt;
  auto makes = std::move(found->makes);
  timers.erase(found);
  return makes;
}

void statem_data::cancel(process& self, event_type type,
                         std::string_view name) {
  std::erase_if(timers, [&](const timer& one) {
    if (!is_named(one.makes, type, name))
      return false;
    stop_timer(self, one.runs);
    return true;
  });
  std::erase_if(next,
                [&](const auto& one) { return is_named(one, type, name); });
}

void statem_data::visit(const std::function<void(const message&)>& look) const {
  for (const auto& one : next)
    look(*one.content);
  for (const auto& one : postponed)
    look(*one.content);
  for (const auto& one : timers)
    look(*one.makes.content);
}

void statem_data::cancel_all(process& self) {
  for (const auto& one : timers)
    stop_timer(self, one.runs);
  timers.clear();
}

}  // namespace instar
