#include "runtime/requests.hpp"

#include "runtime/activation.hpp"
#include "runtime/refuse.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

namespace instar::detail {
namespace {

wait_outcome outcome_of(message_ptr answer) {
  wait_outcome made;
  if (answer != nullptr && answer->is_failure) {
    const auto& why = *static_cast<const failure_payload*>(answer->payload());
    made.error = why.code;
    made.context = why.context;
  } else {
    made.answer = std::move(answer);
  }
  return made;
}

wait_outcome unknown(const request_id& id) {
  wait_outcome made;
  made.error = static_cast<int>(errc::badarg);
  made.context = "request " + std::to_string(id.tag) +
                 " is not open: it is another process's, or was answered";
  return made;
}

}  // namespace

request_id send_request(const target& to, message_ptr m) {
  auto& self = current_process();
  const request_id id{self.next_tag(), to.find()};
  if (self.is_zombie())
    return id;
  self.open_request(id.tag);
  if (!id.process) {
    fail_call(self.node(), self.self(), id.tag, static_cast<int>(errc::noproc),
              "no process " + to.text());
    return id;
  }
  m->sender = self.self();
  m->tag = id.tag;
  self.node().deliver(id.process, std::move(m));
  return id;
}

wait_outcome take_response(const request_id& id) {
  auto& self = current_process();
  return self.has_request(id.tag, true) ? outcome_of(self.take_response(id.tag))
                                        : wait_outcome{};
}

bool response_wait::start(std::coroutine_handle<> resume) {
  auto& self = current_process();
  if (self.has_request(id.tag, true)) {
    outcome = outcome_of(self.take_response(id.tag));
    return false;
  }
  if (!self.has_request(id.tag, false)) {
    outcome = unknown(id);
    return false;
  }
  const auto deadline = timeout == infinity
                            ? steady_time::max()
                            : self.node().sched().deadline_after(timeout);
  self.begin_wait(id.tag, id.process, deadline, resume);
  return true;
}

void response_wait::finish() {
  auto& self = current_process();
  outcome = self.take_outcome();
  const bool is_late = static_cast<errc>(outcome.error) == errc::timeout;
  if (!is_late || abandons)
    static_cast<void>(self.take_response(id.tag));
}

}  // namespace instar::detail
