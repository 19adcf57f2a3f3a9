#include "runtime/sys.hpp"

#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <memory>
#include <mutex>
#include <optional>

namespace instar::sys {
namespace {

using operation = system_request::operation;

/// The answer's place, kept by the waiter and by the request: either may be
/// last.
struct answer_slot {
  std::mutex mutex;
  std::optional<result<value>> answer;
};

result<value> ask(runtime& node, pid process,
                  std::unique_ptr<system_request> asked, duration timeout) {
  auto slot = std::make_shared<answer_slot>();
  auto& sched = node.sched();
  asked->done = [slot, &sched](result<value> answer) {
    {
      const std::lock_guard lock(slot->mutex);
      slot->answer = std::move(answer);
    }
    sched.notify();
  };
  request(node, process, std::move(asked));
  const auto has_answer = [&] {
    const std::lock_guard lock(slot->mutex);
    return slot->answer.has_value();
  };
  if (!sched.wait(has_answer, sched.deadline_after(timeout))) {
    return failure(errc::timeout, to_string(process) + " did not answer");
  }
  const std::lock_guard lock(slot->mutex);
  return std::move(*slot->answer);
}

std::unique_ptr<system_request> make(operation what, value argument = {}) {
  auto made = std::make_unique<system_request>();
  made->what = what;
  made->argument = std::move(argument);
  return made;
}

result<> done(const result<value>& answer) {
  if (!answer)
    return answer.error();
  return {};
}

}  // namespace

void request(runtime& node, pid process,
             std::unique_ptr<system_request> asked) {
  node.deliver(process, make_system_message(std::move(asked)));
}

result<> suspend(runtime& node, pid process, duration timeout) {
  return done(ask(node, process, make(operation::suspend), timeout));
}
result<> resume(runtime& node, pid process, duration timeout) {
  return done(ask(node, process, make(operation::resume), timeout));
}
result<value> get_state(runtime& node, pid process, duration timeout) {
  return ask(node, process, make(operation::get_state), timeout);
}
result<value> replace_state(runtime& node, pid process, value state,
                            duration timeout) {
  return ask(node, process, make(operation::replace_state, std::move(state)),
             timeout);
}
result<value> get_status(runtime& node, pid process, duration timeout) {
  return ask(node, process, make(operation::get_status), timeout);
}
result<> change_code(runtime& node, pid process, value extra,
                     duration timeout) {
  return done(ask(node, process, make(operation::change_code, std::move(extra)),
                  timeout));
}
result<> terminate(runtime& node, pid process, exit_reason reason,
                   duration timeout) {
  auto asked = make(operation::terminate);
  asked->reason = std::move(reason);
  return done(ask(node, process, std::move(asked), timeout));
}
result<std::vector<std::string>> get_modules(runtime& node, pid process,
                                             duration timeout) {
  INSTAR_TRY_ASSIGN(const auto answer,
                    ask(node, process, make(operation::get_modules), timeout));
  std::vector<std::string> names;
  for (const auto& name : answer.as_array()) {
    names.emplace_back(name.as_string());
  }
  return names;
}
result<value> children(runtime& node, pid process, duration timeout) {
  return ask(node, process, make(operation::children), timeout);
}

}  // namespace instar::sys
