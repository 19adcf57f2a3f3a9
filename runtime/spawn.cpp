#include "runtime/spawn.hpp"

#include "runtime/activation.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

namespace instar {
namespace {

result<pid> spawn_process(start_spec what, bool is_linked, std::uint64_t tag) {
  auto& self = current_process();
  if (self.is_zombie())
    return failure(errc::noproc, "the caller was killed");
  spawn_options options;
  options.start.module = std::move(what.module);
  options.start.args = std::move(what.args);
  options.name = std::move(what.name);
  options.debug = std::move(what.debug);
  options.is_linked = is_linked;
  options.start_tag = tag;
  if (is_linked)
    options.parent = self.self();
  INSTAR_TRY_ASSIGN(const auto made, self.node().spawn(std::move(options)));
  // Before it can end: its signals wait until this callback has returned.
  if (is_linked)
    self.add_link(made);
  return made;
}

}  // namespace

result<pid> spawn(start_spec what) {
  return spawn_process(std::move(what), false, 0);
}

result<pid> spawn_link(start_spec what) {
  return spawn_process(std::move(what), true, 0);
}

result<monitored> spawn_monitor(start_spec what) {
  INSTAR_TRY_ASSIGN(const auto made, spawn(std::move(what)));
  return monitored{made, monitor(made)};
}

namespace detail {

bool start_awaiter::await_suspend(std::coroutine_handle<> resume) {
  auto& self = current_process();
  const auto tag = self.next_tag();
  made = spawn_process(std::move(what), true, tag);
  if (!made)
    return false;
  is_waiting = true;
  self.begin_wait(tag, *made, self.node().sched().deadline_after(timeout),
                  resume);
  return true;
}

result<pid> start_awaiter::await_resume() {
  if (!is_waiting)
    return made;
  auto& self = current_process();
  const auto outcome = self.take_outcome();
  if (outcome.answer != nullptr)
    return made;
  self.remove_link(*made);
  if (static_cast<errc>(outcome.error) == errc::timeout)
    self.node().send_exit(self.self(), *made, exit_reason::kill());
  return failure(static_cast<errc>(outcome.error), outcome.context);
}

}  // namespace detail
}  // namespace instar
