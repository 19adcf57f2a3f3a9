#include "runtime/apply.hpp"

#include "module/type_name.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <memory>
#include <mutex>
#include <optional>

namespace instar {
namespace {

using applied_function = result<value>(const value&);

struct process_job {
  std::function<void()> run;
  std::mutex mutex;
  bool is_done = false;
  std::optional<failure> error;
};

/// The loop of a process that does one thing and ends.
class job_loop final : public behaviour {
public:
  explicit job_loop(std::shared_ptr<process_job> job) : job_(std::move(job)) {}

  const char* name() const override { return "apply"; }
  void init(process& self) const override {
    std::optional<failure> error;
    try {
      job_->run();
    } catch (const std::exception& thrown) {
      error = failure(errc::callback_failed, thrown.what());
    } catch (...) {
      error = failure(errc::callback_failed, "an exception of an unknown type");
    }
    {
      const std::lock_guard lock(job_->mutex);
      job_->is_done = true;
      job_->error = std::move(error);
    }
    self.init_succeeded();
    self.stop(exit_reason::normal());
  }
  void handle(process&, message&) const override {}
  void terminate(process&, const exit_reason&) const override {}
  void destroy_state(void*, const type_node*) const override {}
  result<converted_state> convert(process&, const box&,
                                  const transition&) const override {
    return failure(errc::not_supported);
  }
  result<value> state(process&) const override { return value(nullptr); }
  result<value> replace_state(process&, const value&) const override {
    return failure(errc::not_supported);
  }

private:
  std::shared_ptr<process_job> job_;
};

}  // namespace

result<> run_as_process(runtime& node, const std::string& module,
                        std::function<void()> run, duration timeout) {
  auto job = std::make_shared<process_job>();
  job->run = std::move(run);
  const auto loop = std::make_shared<job_loop>(job);
  spawn_options options;
  options.loop = loop.get();
  options.start.module = module;
  INSTAR_TRY_ASSIGN(const auto made, node.spawn(std::move(options)));
  const auto has_ended = [&] {
    return node.table().find_alive(made) == nullptr;
  };
  if (!node.sched().wait(has_ended, node.sched().deadline_after(timeout))) {
    node.keep(loop);  // its process still runs it
    return failure(errc::timeout, "did not return in time");
  }
  const std::lock_guard lock(job->mutex);
  if (job->error)
    return *job->error;
  if (!job->is_done)
    return failure(errc::noproc, "was killed");
  return {};
}

result<pid> start_as_process(runtime& node, const std::string& module,
                             std::function<void()> run) {
  auto job = std::make_shared<process_job>();
  job->run = std::move(run);
  const auto loop = std::make_shared<job_loop>(std::move(job));
  node.keep(loop);  // its process runs it
  spawn_options options;
  options.loop = loop.get();
  options.start.module = module;
  return node.spawn(std::move(options));
}

result<value> apply(runtime& node, const std::string& module,
                    const std::string& function, const value& args,
                    duration timeout) {
  struct applied_call {
    instance_pin pin;
    applied_function* function = nullptr;
    value args;
    result<value> answer = failure(errc::noproc);
  };
  auto call = std::make_shared<applied_call>();
  INSTAR_TRY_ASSIGN(call->pin, node.code().use(module));
  INSTAR_TRY_ASSIGN(
      const auto address,
      node.code().function(module, function,
                           detail::type_name<applied_function>::text));
  call->function = reinterpret_cast<applied_function*>(address);
  call->args = args;
  auto done = run_as_process(
      node, module, [call] { call->answer = call->function(call->args); },
      timeout);
  if (!done) {
    return failure(done.error().code,
                   module + ":" + function + ": " + done.error().message());
  }
  return std::move(call->answer);
}

}  // namespace instar
