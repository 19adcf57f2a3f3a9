#include "runtime/external_calls.hpp"

#include "runtime/errors.hpp"
#include "runtime/scheduler.hpp"

namespace instar {

void external_calls::expect(std::uint64_t tag) {
  const std::lock_guard lock(mutex_);
  expected_.insert(tag);
}

void external_calls::complete(message_ptr answer) {
  {
    const std::lock_guard lock(mutex_);
    if (expected_.erase(answer->tag) == 0)
      return;
    const auto tag = answer->tag;
    answers_.emplace(tag, std::move(answer));
  }
  sched_.notify();
}

result<message_ptr> external_calls::wait(std::uint64_t tag, duration timeout) {
  const auto has_answer = [&] {
    const std::lock_guard lock(mutex_);
    return answers_.contains(tag);
  };
  sched_.wait(has_answer, sched_.deadline_after(timeout));
  message_ptr answer;
  {
    const std::lock_guard lock(mutex_);
    expected_.erase(tag);
    if (auto found = answers_.extract(tag))
      answer = std::move(found.mapped());
  }
  if (answer == nullptr)
    return failure(errc::timeout, "no answer in time");
  if (answer->is_failure) {
    const auto& why = *static_cast<const failure_payload*>(answer->payload());
    return failure(static_cast<errc>(why.code), why.context);
  }
  return answer;
}

}  // namespace instar
