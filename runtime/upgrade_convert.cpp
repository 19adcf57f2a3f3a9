// The conversions of a batch: ahead of time while processes run, and the rest
// behind closed gates.
#include "runtime/activation.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/serve_request.hpp"
#include "runtime/sys.hpp"
#include "runtime/upgrade_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace instar {
namespace {

/// Processes in one conversion job.
constexpr std::size_t job_size = 512;

}  // namespace

/// Converts the boxes of these processes: by claiming those that nobody runs,
/// and by a system message to the others.
result<> upgrade::convert_all(std::vector<std::pair<transition*, pid>> work) {
  if (work.empty())
    return {};
  auto shared = shared_;
  auto& node = node_;
  auto& limits = shared->limits;
  duration longest{};
  auto shortest = duration::max();
  for (const auto& [by, who] : work) {
    longest = std::max(longest, by->convert_timeout);
    shortest = std::min(shortest, by->convert_timeout);
  }
  limits.begin_wave(node.sched().now(), longest, shortest);
  // A job claims its processes one after the other. One that cannot be claimed
  // runs: before the gates close it is left for later, behind them it converts
  // itself.
  const bool at_closed_gate = node.all_gates().attempt() != 0;
  auto convert_one = [shared, &node, at_closed_gate](
                         transition* by, pid who,
                         conversion_limits::job& converting) {
    auto* p = node.table().find_alive(who);
    if (p == nullptr || shared->failed())
      return;
    // A conversion that never returns must not have its code unmapped.
    const instance_pin new_code(&by->to);
    const instance_pin old_code(&by->from);
    if (!p->try_claim()) {
      if (!at_closed_gate) {
        by->add_unprepared(who);
        return;
      }
      auto request = std::make_unique<system_request>();
      request->what = system_request::operation::convert;
      request->by = by;
      shared->open_jobs.fetch_add(1);
      request->done = [shared, &node](const result<value>& answer) {
        // A process that has ended meanwhile has no state to convert.
        if (!answer && answer.error().code != errc::noproc) {
          shared->fail(answer.error());
        }
        shared->open_jobs.fetch_sub(1);
        node.sched().notify();
      };
      sys::request(node, who, std::move(request));
      return;
    }
    if (p->self() == who && p->has_waiting_handler()) {
      by->add_unprepared(who);
    } else if (p->self() == who) {
      activation here(*p);
      here.see_exports();
      const auto& own = p->start().upgrade.convert_timeout;
      const auto limit = own ? duration(*own) : by->convert_timeout;
      converting.begin(who, node.sched().now(), limit);
      if (own) {
        shared->limits.note_own(limit);
        node.sched().notify();
      }
      if (auto done = convert_boxes(*p, *by); !done) {
        shared->fail(done.error());
      }
      converting.end();
    }
    p->release();
  };
  const auto shared_work =
      std::make_shared<const std::vector<std::pair<transition*, pid>>>(
          std::move(work));
  const auto total = shared_work->size();
  for (std::size_t begin = 0; begin < total; begin += job_size) {
    const auto end = std::min(total, begin + job_size);
    shared->open_jobs.fetch_add(1);
    auto& converting = limits.add_job();
    node.sched().post(
        [shared, shared_work, begin, end, convert_one, &node, &converting] {
          for (auto i = begin; i < end; ++i) {
            convert_one((*shared_work)[i].first, (*shared_work)[i].second,
                        converting);
          }
          shared->open_jobs.fetch_sub(1);
          node.sched().notify();
        });
  }
  const auto is_done = [&] {
    return shared->open_jobs.load() == 0 || shared->failed();
  };
  std::string late;
  while (!is_done() && late.empty()) {
    node.sched().wait([&] { return is_done() || limits.take_new(); },
                      limits.next_look(node.sched().now()));
    if (!is_done())
      late = limits.who_is_late(node.sched().now());
  }
  if (shared->failed()) {
    const std::lock_guard lock(shared->mutex);
    return shared->first_error;
  }
  if (!late.empty())
    return failure(errc::code_change_failed, late);
  return {};
}

namespace {

/// From here on processes see it. Whose boxes it is for, each once: an event manager
/// may have several of one module.
std::vector<pid> publish(transition& by) {
  std::vector<pid> holders;
  {
    const std::lock_guard lock(by.from.mutex);
    by.from.change.store(&by, std::memory_order_release);
    holders.reserve(by.from.box_count.load());
    for (const auto* b = by.from.first_box; b != nullptr; b = b->next)
      holders.push_back(b->holder->self());
  }
  if (by.from.descriptor.kind == behaviour_kind::gen_event) {
    std::sort(holders.begin(), holders.end());
    holders.erase(std::unique(holders.begin(), holders.end()), holders.end());
  }
  return holders;
}

}  // namespace

result<> upgrade::prepare() {
  note_phase("prepare");
  if (on_phase)
    on_phase("prepare");
  std::vector<std::pair<transition*, pid>> work;
  std::set<pid> managers;
  for (const auto& t : shared_->transitions) {
    const auto holders = publish(*t);
    for (const auto& who : holders) {
      if (t->has_effects()) {
        t->add_unprepared(who);
      } else if (t->kind == transition::how::convert) {
        work.emplace_back(t.get(), who);
      }
    }
    if (!holders.empty())
      report_.by_module[t->from.name] += holders.size();
    if (t->from.descriptor.kind == behaviour_kind::gen_event) {
      managers.insert(holders.begin(), holders.end());
    } else {
      report_.processes += holders.size();
    }
  }
  report_.processes += managers.size();
  if (auto converted = convert_all(std::move(work)); !converted) {
    undo();
    return converted.error();
  }
  return {};
}

/// What changed since, or was not quiet then. The gates are closed, so nothing
/// changes any more.
result<> upgrade::convert_rest() {
  for (const auto& [from, why] : unplanned_) {
    if (from->box_count.load(std::memory_order_acquire) > 0)
      return why;
  }
  for (;;) {
    std::vector<std::pair<transition*, pid>> work;
    for (const auto& t : shared_->transitions) {
      if (t->kind != transition::how::convert)
        continue;
      auto rest = t->take_unprepared();
      std::sort(rest.begin(), rest.end());
      rest.erase(std::unique(rest.begin(), rest.end()), rest.end());
      for (const auto& who : rest)
        work.emplace_back(t.get(), who);
    }
    if (work.empty())
      return {};
    INSTAR_TRY(convert_all(std::move(work)));
  }
}

}  // namespace instar
