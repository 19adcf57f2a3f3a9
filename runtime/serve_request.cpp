#include "runtime/serve_request.hpp"

#include "runtime/behaviour.hpp"
#include "runtime/errors.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/instance.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/sys.hpp"
#include "runtime/sys_debug.hpp"
#include "runtime/system_request.hpp"
#include "runtime/transition.hpp"
#include "runtime/upgrade_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

namespace instar {
namespace {

using operation = system_request::operation;

value list_of(const std::vector<std::string>& names) {
  return boost::json::array(names.begin(), names.end());
}

/// Null for none, and for the application controller, which is no process.
value process_or_null(pid process) {
  return process && process != external_pid ? value(to_string(process))
                                            : value();
}

/// What a hook of the process's kind answers; as OTP names one that failed:
/// {callback_failed, {Module, Hook}, ...}.
template <class Hook>
result<value> call_hook(process& self, const char* name, Hook hook) {
  const auto failed = [&](const char* why) {
    return failure(
        errc::callback_failed,
        fmt::format("{}:{} of {} ({}): {}", self.loop().name(), name,
                    to_string(self.self()), self.start().module, why));
  };
  try {
    return hook();
  } catch (const std::exception& thrown) {
    return failed(thrown.what());
  } catch (...) {
    return failed("an exception of an unknown type");
  }
}

result<value> replace_state(process& self, const system_request& request) {
  const auto* to = &request.argument;
  value made;
  if (request.replace) {
    INSTAR_TRY_ASSIGN(const auto old, call_hook(self, "system_get_state", [&] {
                        return self.loop().state(self);
                      }));
    INSTAR_TRY_ASSIGN(
        made, call_hook(self, "system_replace_state", [&]() -> result<value> {
          return request.replace(old);
        }));
    to = &made;
  }
  return call_hook(self, "system_replace_state",
                   [&] { return self.loop().replace_state(self, *to); });
}

result<value> summary_of(process& self) {
  const auto& loop = self.loop();
  boost::json::object status{
      {"pid", to_string(self.self())},
      {"name", self.name().empty() ? value() : value(self.name())},
      {"behaviour", loop.name()},
      {"module", self.start().module},
      {"status", self.is_suspended() ? "suspended" : "running"},
      {"parent", process_or_null(self.parent())},
      {"mailbox", self.mailbox_length()},
      {"waiting_for", process_or_null(self.waiting_for())}};
  if (self.box_count() > 0) {
    const auto* owner = self.current_box().owner;
    status["vsn"] = owner == nullptr ? value() : value(owner->vsn);
  }
  INSTAR_TRY_ASSIGN(const auto more, loop.status(self));
  if (const auto* fields = more.if_object())
    status.insert(fields->begin(), fields->end());
  return value(std::move(status));
}

/// All there is: what the process is, what is switched on for it, and its state.
result<value> status_of(process& self) {
  INSTAR_TRY_ASSIGN(auto status, summary_of(self));
  auto& rows = status.get_object();
  const auto* debug = self.debug();
  rows["debug"] =
      debug == nullptr ? value(boost::json::object()) : debug->status();
  auto shown = call_hook(self, "format_status",
                         [&] { return self.loop().shown_state(self); });
  // As OTP's: the status comes all the same, and says so.
  if (shown) {
    rows["state"] = std::move(*shown);
  } else {
    rows["error"] = shown.error().message();
  }
  return status;
}

result<converted_state> convert_within_budget(process& self, const box& old,
                                              const transition& by) {
  const budget_scope charged(by.budget);
  auto made = self.loop().convert(self, old, by);
  // A conversion that stepped over its failed allocation has gone wrong too.
  if (!charged.is_exceeded())
    return made;
  if (made)
    self.loop().destroy_state(made->state, made->type);
  return failure(
      errc::memory_limit,
      fmt::format("the second state of process {}{}{} of {} does not fit: the "
                  "conversions of a batch may take {} bytes",
                  to_string(self.self()), self.name().empty() ? "" : " ",
                  self.name(), by.from.name, by.budget->limit_bytes()));
}

/// The second state of one box, beside the first.
result<> prepare_box(process& self, box& old, transition& by) {
  INSTAR_TRY_ASSIGN(const auto made, convert_within_budget(self, old, by));
  // Counted first: whoever undoes the batch either sees the count and has
  // this process look again, or is seen here.
  by.prepared_count.fetch_add(1, std::memory_order_seq_cst);
  if (by.state.load(std::memory_order_seq_cst) == batch_state::undone) {
    self.loop().destroy_state(made.state, made.type);
    by.prepared_count.fetch_sub(1, std::memory_order_seq_cst);
    return {};
  }
  old.prepared_state = made.state;
  old.prepared_type = made.type;
  old.prepared_by = &by;
  return {};
}

/// sys:change_code/4 for one process: only while it is suspended, to the
/// current version of its modules, or of the one that is named.
result<value> change_code(process& self, const system_request& request) {
  if (!self.is_suspended()) {
    return failure(errc::unknown_system_msg,
                   to_string(self.self()) + " is not suspended");
  }
  // An event manager has boxes of several modules. All go over, or none does.
  static const std::atomic<batch_state> committed{batch_state::committed};
  std::vector<std::unique_ptr<transition>> changes;
  const auto drop = [&] {
    for (std::size_t i = 0; i < self.box_count(); ++i) {
      if (self.raw_box(i).prepared_by != nullptr)
        self.drop_prepared(self.raw_box(i));
    }
  };
  for (std::size_t i = 0; i < self.box_count(); ++i)
    self.writable_box(i);
  // From here on as they are: no batch knows of what is prepared.
  for (std::size_t i = 0; i < self.box_count(); ++i) {
    auto* owner = self.raw_box(i).owner;
    auto* next =
        owner == nullptr ? nullptr : self.node().code().current(owner->name);
    const bool is_known =
        std::any_of(changes.begin(), changes.end(),
                    [&](const auto& one) { return &one->from == owner; });
    if (next == nullptr || next == owner || is_known ||
        (!request.module.empty() && owner->name != request.module)) {
      continue;
    }
    change about{owner->vsn, next->vsn, direction::up, request.argument};
    const auto plan = plan_conversion(*owner, *next, direction::up);
    if (!plan) {
      drop();
      return plan.error();
    }
    changes.push_back(std::make_unique<transition>(
        *owner, *next, plan->kind, std::move(about), committed));
    changes.back()->conversion = plan->conversion;
    if (plan->kind != transition::how::convert)
      continue;
    for (std::size_t k = i; k < self.box_count(); ++k) {
      auto& old = self.raw_box(k);
      if (old.owner != owner)
        continue;
      if (auto made = prepare_box(self, old, *changes.back()); !made) {
        drop();
        return made.error();
      }
    }
  }
  for (const auto& by : changes) {
    for (std::size_t i = 0; i < self.box_count(); ++i) {
      if (self.raw_box(i).owner == &by->from)
        self.adopt_now(self.raw_box(i), *by);
    }
  }
  return value("ok");
}

}  // namespace

result<> switch_owner(process& self, instance& next, value extra) {
  const auto& changing = self.writable_box();
  if (&next == changing.owner)
    return {};
  INSTAR_TRY_ASSIGN(const auto plan,
                    plan_conversion(*changing.owner, next, direction::up));
  change about;
  about.extra = std::move(extra);
  return switch_owner(self, next, plan, std::move(about));
}

result<> switch_owner(process& self, instance& next,
                      const conversion_plan& plan, change about) {
  auto& changing = self.writable_box();
  about.from_vsn = changing.owner->vsn;
  about.to_vsn = next.vsn;
  const std::atomic<batch_state> state{batch_state::committed};
  transition by(*changing.owner, next, plan.kind, std::move(about), state);
  by.conversion = plan.conversion;
  if (plan.kind == transition::how::convert)
    INSTAR_TRY(convert_boxes(self, by));
  self.adopt_now(changing, by);
  return {};
}

result<> convert_boxes(process& self, transition& by) {
  for (std::size_t i = 0; i < self.box_count(); ++i) {
    auto& old = self.current_box(i);
    if (old.owner == &by.from && old.prepared_by != &by)
      INSTAR_TRY(prepare_box(self, old, by));
  }
  return {};
}

result<value> serve_request(process& self, system_request& request) {
  switch (request.what) {
    case operation::suspend:
      self.set_suspended(true);
      return value("ok");
    case operation::resume:
      self.set_suspended(false);
      return value("ok");
    case operation::get_state:
      return call_hook(self, "system_get_state",
                       [&] { return self.loop().state(self); });
    case operation::replace_state:
      return replace_state(self, request);
    case operation::get_status:
      return status_of(self);
    case operation::summary:
      return summary_of(self);
    case operation::debug:
      return sys::debug_command(self, request.argument);
    case operation::get_modules:
      return list_of(self.loop().modules(self));
    case operation::change_code:
      return change_code(self, request);
    case operation::terminate:
      if (self.loop().on_stop(self, request.reason)) {
        self.stop(request.reason);
      }
      return value("ok");
    case operation::children:
      return self.loop().children(self, request.limit);
    case operation::convert: {
      INSTAR_TRY(convert_boxes(self, *request.by));
      return value("ok");
    }
    case operation::visit:
      request.visit(self);
      return value("ok");
  }
  return failure(errc::unknown_system_msg);
}

}  // namespace instar
