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
  std::size_t module = 0;
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
    if (converting.empty()) {
      for (auto& one : plan->modules) {
        one.from_pin = {};
        one.to_pin = {};
      }
    }
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
  const auto& by = work.plan->modules[one.module];
  for (std::size_t i = 0; i < self.box_count(); ++i) {
    const auto& old = self.current_box(i);
    if (old.owner != &by.up->from)
      continue;
    work.tally.add(one.module, one.process, self.name(),
                   rehearse_state(self, old, by, work.plan->options));
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
  auto& modules = work.plan->modules;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    auto& from = modules[i].up->from;
    const std::lock_guard lock(from.mutex);
    for (auto* b = from.first_box; b != nullptr; b = b->next) {
      work.tally.add_process(i);
      if (!modules[i].up->has_effects())
        work.all.push_back({i, b->holder->self()});
    }
  }
}

}  // namespace

result<rehearsal_report> rehearse(runtime& node,
                                  const std::vector<module_upgrade>& modules,
                                  const rehearsal_options& options) {
  auto plan = plan_rehearsal(node, modules, options);
  if (options.isolated)
    return rehearse_isolated(node, *plan, modules);
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
  const auto wait_for_progress = [&](duration patience) {
    auto before = work->next.load();
    while (!sched.wait(is_done, sched.now() + patience)) {
      const auto now = work->next.load();
      if (std::exchange(before, now) == now)
        return false;
    }
    return true;
  };
  if (wait_for_progress(options.convert_timeout)) {
    for (const auto& one : std::exchange(work->busy, {})) {
      work->tally.add_busy(one.module);
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
                options.convert_timeout)
                .count()));
  }
  return work->tally.finish();
}

}  // namespace instar
