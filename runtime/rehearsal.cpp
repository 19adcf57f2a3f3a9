// In place: jobs claim processes one after the other; who runs just then is asked.
#include "runtime/rehearsal.hpp"

#include "runtime/activation.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/rehearsal_isolated.hpp"
#include "runtime/rehearsal_state.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/sys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace instar {
namespace {

/// Processes of one job, between two looks at the run queue.
constexpr std::size_t job_size = 64;

struct rehearsed_process {
  std::size_t chain = 0;
  pid process;
};

/// What the jobs share. One that never returns keeps it alive.
struct rehearsal_work {
  explicit rehearsal_work(std::shared_ptr<rehearsal_plan> planned)
      : plan(std::move(planned)), tally(*plan, false) {}

  std::shared_ptr<rehearsal_plan> plan;
  rehearsal_tally tally;
  std::vector<rehearsed_process> all;
  std::atomic<std::size_t> next{0};
  std::atomic<std::int64_t> open{0};

  /// A process may have a longer limit than its module.
  std::atomic<duration::rep> longest_limit{plan->longest_limit().count()};
  void note_limit(duration limit) {
    auto longest = longest_limit.load();
    while (longest < limit.count() &&
           !longest_limit.compare_exchange_weak(longest, limit.count())) {
    }
  }

  std::mutex mutex;
  bool is_over = false;
  /// Whose conversion runs now.
  std::set<pid> converting;
  std::vector<rehearsed_process> busy;

  /// False: it is over, and the code may be gone.
  bool begin(pid process) {
    const std::lock_guard lock(mutex);
    if (!is_over)
      converting.insert(process);
    return !is_over;
  }
  void end(pid process) {
    const std::lock_guard lock(mutex);
    converting.erase(process);
  }
  void add_busy(const rehearsed_process& one) {
    const std::lock_guard lock(mutex);
    busy.push_back(one);
  }
  /// Who has not come back; nobody: the code is let go.
  std::set<pid> finish() {
    const std::lock_guard lock(mutex);
    is_over = true;
    if (converting.empty())
      plan->pins.clear();
    return converting;
  }
};

/// Its activation, with the process claimed or within its own turn.
void rehearse_process(rehearsal_work& work, const rehearsed_process& one,
                      process& self, activation& here) {
  if (!work.begin(one.process))
    return;
  const auto* before = here.exports;
  if (before == nullptr)
    here.see_exports();
  const auto& plan = *work.plan;
  const auto& by = plan.chains[one.chain];
  const rehearsal_steps steps{
      [&](std::size_t module) {
        work.note_limit(limit_of(self, plan.modules[module]));
      },
      [&](std::size_t module, const state_rehearsal& went) {
        work.tally.add(module, one.process, self.name(), went);
      }};
  for (std::size_t i = 0; i < self.box_count(); ++i) {
    const auto& old = self.current_box(i);
    if (old.owner == by.from)
      rehearse_state(self, old, by, plan, steps);
  }
  here.exports = before;
  work.end(one.process);
}

void run_job(const std::shared_ptr<rehearsal_work>& work, runtime& node) {
  for (std::size_t done = 0; done < job_size; ++done) {
    const auto at = work->next.fetch_add(1);
    if (at >= work->all.size())
      break;
    const auto& one = work->all[at];
    auto* p = node.table().find_alive(one.process);
    if (p == nullptr)
      continue;
    if (!p->try_claim()) {
      work->add_busy(one);
      continue;
    }
    if (p->self() == one.process && !p->has_waiting_handler() &&
        p->is_initialised()) {
      activation here(*p);
      rehearse_process(*work, one, *p, here);
    } else {
      work->add_busy(one);
    }
    p->release();
  }
  if (work->next.load() < work->all.size()) {
    node.sched().post([work, &node] { run_job(work, node); });
    return;
  }
  work->open.fetch_sub(1);
  node.sched().notify();
}

/// Served by the process itself, when no handler of it waits.
void ask_busy(const std::shared_ptr<rehearsal_work>& work, runtime& node,
              const rehearsed_process& one) {
  auto request = std::make_unique<system_request>();
  request->what = system_request::operation::visit;
  request->visit = [work, one](process& self) {
    if (self.self() == one.process)
      rehearse_process(*work, one, self, *current_activation());
  };
  work->open.fetch_add(1);
  request->done = [work, &node](const result<value>&) {
    work->open.fetch_sub(1);
    node.sched().notify();
  };
  sys::request(node, one.process, std::move(request));
}

void find_processes(rehearsal_work& work) {
  const auto& plan = *work.plan;
  for (std::size_t i = 0; i < plan.chains.size(); ++i) {
    const auto& chain = plan.chains[i];
    const bool is_called =
        !plan.modules[chain.modules.front()].up->has_effects();
    // Of an event manager all states of the module at once.
    std::set<pid> managers;
    const bool has_several =
        chain.from->descriptor.kind == behaviour_kind::gen_event;
    const std::lock_guard lock(chain.from->mutex);
    for (auto* b = chain.from->first_box; b != nullptr; b = b->next) {
      work.tally.add_process(chain);
      const auto who = b->holder->self();
      if (is_called && (!has_several || managers.insert(who).second))
        work.all.push_back({i, who});
    }
  }
}

}  // namespace

result<rehearsal_report> rehearse(runtime& node,
                                  const std::vector<module_upgrade>& modules,
                                  const rehearsal_options& options) {
  return rehearse(node, rehearsal_batches{modules}, options);
}

result<rehearsal_report> rehearse(runtime& node,
                                  const rehearsal_batches& batches,
                                  const rehearsal_options& options) {
  INSTAR_TRY_ASSIGN(auto plan, plan_rehearsal(node, batches, options));
  if (options.isolated)
    return rehearse_isolated(node, *plan, batches);
  auto work = std::make_shared<rehearsal_work>(std::move(plan));
  find_processes(*work);
  auto& sched = node.sched();
  // Others want the processors too: it is no upgrade yet.
  const auto lanes = std::max<std::size_t>(1, sched.worker_count() / 2);
  work->open.store(static_cast<std::int64_t>(lanes));
  for (std::size_t i = 0; i < lanes; ++i)
    sched.post([work, &node] { run_job(work, node); });

  const auto is_done = [&] { return work->open.load() == 0; };
  // As long as there is progress it may take its time.
  const auto wait_for_progress = [&] {
    auto before = work->next.load();
    auto patience = work->longest_limit.load();
    while (!sched.wait(is_done, sched.now() + duration(patience))) {
      const auto now = work->next.load();
      const auto longest = work->longest_limit.load();
      if (std::exchange(before, now) == now &&
          std::exchange(patience, longest) == longest)
        return false;
    }
    return true;
  };
  if (wait_for_progress()) {
    for (const auto& one : std::exchange(work->busy, {})) {
      work->tally.add_busy(work->plan->chains[one.chain]);
      ask_busy(work, node, one);
    }
    sched.wait(is_done, sched.now() + options.patience);
  }
  const auto converting = work->finish();
  if (!converting.empty()) {
    return failure(
        errc::code_change_failed,
        fmt::format(
            "the code_change of {} did not return within {} ms when it was "
            "rehearsed; the process is held until it does",
            to_string(*converting.begin()),
            std::chrono::duration_cast<std::chrono::milliseconds>(
                duration(work->longest_limit.load()))
                .count()));
  }
  return work->tally.finish();
}

}  // namespace instar
