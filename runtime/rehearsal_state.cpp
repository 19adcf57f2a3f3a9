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
#include <list>
#include <map>
#include <numeric>
#include <utility>

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

bool rehearsal_report::has_hops() const {
  return std::any_of(modules.begin(), modules.end(),
                     [](const auto& one) { return one.hop > 0; });
}

duration rehearsal_plan::longest_limit() const {
  auto longest = options.convert_timeout;
  for (const auto& one : modules)
    longest = std::max(longest, one.convert_timeout);
  return longest;
}

duration limit_of(const process& self, const rehearsed_module& by) {
  const auto& own = self.start().upgrade.convert_timeout;
  return own ? duration(*own) : by.convert_timeout;
}

namespace {

/// Follows the modules through the batches.
class rehearsal_planner {
public:
  rehearsal_planner(runtime& node, rehearsal_plan& into)
      : node_(node), into_(into) {}

  result<> add(std::size_t batch, const module_upgrade& one) {
    if (!one.is_removed && one.next == nullptr)
      return {};
    auto& at = place_of(one.module);
    if (one.is_removed || at.now == nullptr) {
      at.now = nullptr;  // no state comes any further
      return {};
    }
    auto& chain = into_.chains[at.chain];
    if (one.next == at.now)
      return {};
    const auto decided = one.is_converted
                             ? plan_conversion(*at.now, *one.next, one.way)
                             : plan_reown(*at.now, *one.next);
    if (!decided) {
      at.now = nullptr;
      // Without a process there is no state to carry over.
      if (chain.from->box_count.load() > 0)
        return decided.error();
      return {};
    }
    rehearsed_chain::link made{one.next, std::nullopt};
    if (decided->kind == transition::how::convert) {
      made.module = into_.modules.size();
      chain.modules.push_back(*made.module);
      add_conversion(batch, *at.now, one, *decided);
    }
    chain.links.push_back(made);
    into_.pins.emplace_back(one.next);
    at.now = one.next;
    return {};
  }

private:
  struct place {
    std::size_t chain = 0;
    /// What the module is by now; null: nothing that has states of before.
    instance* now = nullptr;
  };

  place& place_of(const std::string& module) {
    const auto [found, is_new] = places_.try_emplace(module);
    if (!is_new)
      return found->second;
    auto* from = node_.code().current(module);
    found->second = {into_.chains.size(), from};
    if (from != nullptr) {
      into_.chains.push_back({from, {}, {}});
      into_.pins.emplace_back(from);
    }
    return found->second;
  }

  void add_conversion(std::size_t batch, instance& now,
                      const module_upgrade& one, const conversion_plan& up) {
    auto& planned = into_.modules.emplace_back();
    planned.batch = batch;
    planned.up =
        make_transition(now, *one.next, one.way, one.extra, up, into_.state);
    planned.convert_timeout = one.limits.convert_timeout
                                  ? duration(*one.limits.convert_timeout)
                                  : into_.options.convert_timeout;
    const auto back = plan_conversion(*one.next, now, opposite(one.way));
    if (!back)
      return;
    planned.is_comparable =
        now.descriptor.state != nullptr && !has_adopt(up) && !has_adopt(*back);
    if (back->kind == transition::how::convert &&
        (back->conversion == nullptr || !back->conversion->has_effects)) {
      planned.down = make_transition(*one.next, now, opposite(one.way),
                                     one.extra, *back, into_.state);
    } else if (back->kind == transition::how::convert) {
      planned.is_comparable = false;
    }
  }

  runtime& node_;
  rehearsal_plan& into_;
  std::map<std::string, place> places_;
};

/// One conversion and its way back. `second` is the caller's where it went up.
state_rehearsal rehearse_conversion(process& self, const box& old,
                                    const rehearsed_module& by,
                                    const rehearsal_options& options,
                                    converted_state& second) {
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
  second = *made;
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
  stand_in.type = made->type == nullptr ? nullptr : by.up->to.descriptor.state;
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

}  // namespace

result<std::shared_ptr<rehearsal_plan>> plan_rehearsal(
    runtime& node, const rehearsal_batches& batches,
    const rehearsal_options& options) {
  auto made = std::make_shared<rehearsal_plan>();
  made->options = options;
  rehearsal_planner planner(node, *made);
  for (std::size_t batch = 0; batch < batches.size(); ++batch) {
    for (const auto& one : batches[batch])
      INSTAR_TRY(planner.add(batch, one));
  }
  std::erase_if(made->chains,
                [](const auto& chain) { return chain.modules.empty(); });
  return made;
}

void rehearse_state(process& self, const box& old, const rehearsed_chain& by,
                    const rehearsal_plan& plan, const rehearsal_steps& steps) {
  std::list<thrown_away> made;
  box now;
  now.state = old.state;
  now.type = old.type;
  now.owner = old.owner;
  now.holder = &self;
  for (const auto& link : by.links) {
    if (link.module) {
      const auto& module = plan.modules[*link.module];
      if (module.up->has_effects())
        return;
      converted_state second;
      steps.begin(*link.module);
      const auto went =
          rehearse_conversion(self, now, module, plan.options, second);
      if (went.went_up)
        made.emplace_back(self, second);
      steps.end(*link.module, went);
      if (!went.went_up)
        return;
      now.state = second.state;
      now.type = second.type == nullptr ? nullptr : link.to->descriptor.state;
    } else if (now.type != nullptr) {
      now.type = link.to->descriptor.state;
    }
    now.owner = link.to;
  }
}

rehearsal_tally::rehearsal_tally(const rehearsal_plan& plan, bool isolated)
    : times_(plan.modules.size()) {
  report_.isolated = isolated;
  for (const auto& one : plan.modules) {
    auto& made = report_.modules.emplace_back();
    made.batch = one.batch;
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
