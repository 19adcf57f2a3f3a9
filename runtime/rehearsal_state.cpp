#include "runtime/rehearsal_state.hpp"

#include "module/type_compare.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/box.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/upgrade_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace instar {
namespace {

constexpr std::size_t without_limit =
    static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());

direction opposite(direction way) {
  return way == direction::up ? direction::down : direction::up;
}

std::unique_ptr<transition> make_transition(
    instance& from, instance& to, direction way, const value& extra,
    const conversion_plan& decided, const std::atomic<batch_state>& state) {
  auto made = std::make_unique<transition>(
      from, to, decided.kind, change{from.vsn, to.vsn, way, extra}, state);
  made->conversion = decided.conversion;
  return made;
}

bool has_adopt(const conversion_plan& of) {
  return of.conversion != nullptr && of.conversion->adopt != nullptr;
}

const char* to_text(rehearsal_step step) {
  switch (step) {
    case rehearsal_step::up:
      return "up";
    case rehearsal_step::down:
      return "down";
    case rehearsal_step::round_trip:
      return "round_trip";
    case rehearsal_step::none:
      break;
  }
  return "";
}

conversion_tally tally_of(conversion_tally counted, std::vector<duration>& of) {
  if (of.empty())
    return counted;
  const auto middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
  std::nth_element(of.begin(), middle, of.end());
  counted.median = *middle;
  counted.longest = *std::max_element(of.begin(), of.end());
  counted.total = std::accumulate(of.begin(), of.end(), duration{});
  return counted;
}

/// A second state, thrown away at the end.
class thrown_away {
public:
  thrown_away(process& self, const converted_state& made)
      : self_(self), made_(made) {}
  thrown_away(const thrown_away&) = delete;
  thrown_away& operator=(const thrown_away&) = delete;
  ~thrown_away() { self_.loop().destroy_state(made_.state, made_.type); }

private:
  process& self_;
  converted_state made_;
};

}  // namespace

bool rehearsal_report::ok() const {
  return std::all_of(modules.begin(), modules.end(), [](const auto& one) {
    return one.up.failed == 0 && one.down.failed == 0 && one.differing == 0;
  });
}

std::shared_ptr<rehearsal_plan> plan_rehearsal(
    runtime& node, const std::vector<module_upgrade>& modules,
    const rehearsal_options& options) {
  auto made = std::make_shared<rehearsal_plan>();
  made->options = options;
  for (const auto& one : modules) {
    auto* from = node.code().current(one.module);
    if (one.next == nullptr || !one.is_converted || from == nullptr ||
        from == one.next) {
      continue;
    }
    const auto up = plan_conversion(*from, *one.next, one.way);
    if (!up || up->kind != transition::how::convert)
      continue;  // check's to refuse; or it only changes its owner
    auto& planned = made->modules.emplace_back();
    planned.up =
        make_transition(*from, *one.next, one.way, one.extra, *up, made->state);
    planned.convert_timeout = one.limits.convert_timeout.value_or(
        std::chrono::ceil<std::chrono::milliseconds>(options.convert_timeout));
    planned.from_pin = instance_pin(from);
    planned.to_pin = instance_pin(one.next);
    const auto back = plan_conversion(*one.next, *from, opposite(one.way));
    if (!back)
      continue;
    planned.is_comparable = from->descriptor.state != nullptr &&
                            !has_adopt(*up) && !has_adopt(*back);
    if (back->kind == transition::how::convert &&
        (back->conversion == nullptr || !back->conversion->has_effects)) {
      planned.down = make_transition(*one.next, *from, opposite(one.way),
                                     one.extra, *back, made->state);
    } else if (back->kind == transition::how::convert) {
      planned.is_comparable = false;
    }
  }
  return made;
}

state_rehearsal rehearse_state(process& self, const box& old,
                               const rehearsed_module& by,
                               const rehearsal_options& options) {
  const auto& sched = self.node().sched();
  state_rehearsal went;
  memory_budget budget(options.memory_limit_bytes == 0
                           ? without_limit
                           : options.memory_limit_bytes);
  result<converted_state> made = converted_state{};
  const auto began = sched.now();
  bool is_exceeded = false;
  {
    const budget_scope charged(&budget);
    made = self.loop().convert(self, old, *by.up);
    is_exceeded = charged.is_exceeded();
  }
  went.up = sched.now() - began;
  went.bytes = are_allocations_charged() ? budget.used_bytes() : -1;
  if (!made || is_exceeded) {
    went.fault = rehearsal_step::up;
    went.why = is_exceeded ? fmt::format("it allocates more than {} bytes",
                                         options.memory_limit_bytes)
                           : made.error().message();
    if (made)
      self.loop().destroy_state(made->state, made->type);
    return went;
  }
  went.went_up = true;
  const thrown_away second(self, *made);
  const auto* state_type = by.up->to.descriptor.state;
  const auto compare = [&](const void* back) {
    if (!options.round_trip || !by.is_comparable)
      return;
    went.was_compared = true;
    went.why = value_difference(*old.type, back, old.state);
    if (!went.why.empty())
      went.fault = rehearsal_step::round_trip;
  };
  if (by.down == nullptr) {
    compare(made->state);
    return went;
  }
  box stand_in;
  stand_in.state = made->state;
  stand_in.type = made->type == nullptr ? nullptr : state_type;
  stand_in.owner = &by.up->to;
  stand_in.holder = &self;
  const auto turned = sched.now();
  auto back = self.loop().convert(self, stand_in, *by.down);
  went.down = sched.now() - turned;
  if (!back) {
    went.fault = rehearsal_step::down;
    went.why = back.error().message();
    return went;
  }
  went.went_down = true;
  const thrown_away third(self, *back);
  compare(back->state);
  return went;
}

rehearsal_tally::rehearsal_tally(const rehearsal_plan& plan, bool isolated)
    : times_(plan.modules.size()) {
  report_.isolated = isolated;
  for (const auto& one : plan.modules) {
    auto& made = report_.modules.emplace_back();
    made.module = one.up->from.name;
    made.from_vsn = one.up->from.vsn;
    made.to_vsn = one.up->to.vsn;
    made.has_effects = one.up->has_effects();
  }
}

void rehearsal_tally::add(std::size_t module, pid process,
                          const std::string& name,
                          const state_rehearsal& went) {
  const std::lock_guard lock(mutex_);
  auto& of = report_.modules[module];
  if (went.went_up) {
    ++of.up.succeeded;
    times_[module].up.push_back(went.up);
  }
  if (went.went_down) {
    ++of.down.succeeded;
    times_[module].down.push_back(went.down);
  }
  if (of.bytes >= 0)
    of.bytes = went.bytes < 0 ? -1 : of.bytes + went.bytes;
  if (went.was_compared)
    ++of.compared;
  if (went.fault == rehearsal_step::none)
    return;
  if (went.fault == rehearsal_step::up)
    ++of.up.failed;
  if (went.fault == rehearsal_step::down)
    ++of.down.failed;
  if (went.fault == rehearsal_step::round_trip)
    ++of.differing;
  if (of.faults.size() < module_rehearsal::faults_limit)
    of.faults.push_back({process, name, to_text(went.fault), went.why});
}

rehearsal_report rehearsal_tally::finish() {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < times_.size(); ++i) {
    auto& of = report_.modules[i];
    if (!of.has_effects)
      of.left_out = of.processes - of.up.succeeded - of.up.failed;
    of.up = tally_of(of.up, times_[i].up);
    of.down = tally_of(of.down, times_[i].down);
  }
  return report_;
}

}  // namespace instar
