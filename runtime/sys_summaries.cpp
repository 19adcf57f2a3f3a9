// Asking many processes at once what they are.
#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/sys.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>

namespace instar::sys {
namespace {

/// The answers' places, kept by the waiter and by the requests: any may be last.
struct answer_sheet {
  explicit answer_sheet(std::size_t count)
      : answers(count, failure(errc::timeout)), missing(count) {}

  std::mutex mutex;
  std::vector<result<value>> answers;
  std::size_t missing;
  /// The time is over: `answers` has been taken.
  bool is_closed = false;
};

std::vector<result<value>> ask_all(runtime& node,
                                   std::span<const pid> processes,
                                   duration timeout) {
  auto& sched = node.sched();
  const auto sheet = std::make_shared<answer_sheet>(processes.size());
  for (std::size_t i = 0; i < processes.size(); ++i) {
    auto asked = std::make_unique<system_request>();
    asked->what = system_request::operation::summary;
    asked->done = [sheet, i, &sched](result<value> answer) {
      {
        const std::lock_guard lock(sheet->mutex);
        if (sheet->is_closed)
          return;
        sheet->answers[i] = std::move(answer);
        if (--sheet->missing > 0)
          return;
      }
      sched.notify();
    };
    request(node, processes[i], std::move(asked));
  }
  sched.wait(
      [&] {
        const std::lock_guard lock(sheet->mutex);
        return sheet->missing == 0;
      },
      sched.deadline_after(timeout));
  const std::lock_guard lock(sheet->mutex);
  sheet->is_closed = true;
  return std::move(sheet->answers);
}

}  // namespace

std::vector<result<value>> summaries(runtime& node,
                                     std::span<const pid> processes,
                                     duration timeout) {
  std::vector<result<value>> all;
  all.reserve(processes.size());
  while (!processes.empty()) {
    const auto count = std::min(processes.size(), summaries_at_once);
    auto some = ask_all(node, processes.first(count), timeout);
    std::move(some.begin(), some.end(), std::back_inserter(all));
    processes = processes.subspan(count);
  }
  return all;
}

}  // namespace instar::sys
