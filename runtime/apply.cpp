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

struct applied_call {
  applied_function* function = nullptr;
  value args;
  instance_pin pin;
  std::mutex mutex;
  std::optional<result<value>> answer;
};

/// The loop of a process that makes one call and ends.
class applier final : public behaviour {
public:
  explicit applier(std::shared_ptr<applied_call> call)
      : call_(std::move(call)) {}

  const char* name() const override { return "apply"; }
  void init(process& self) const override {
    result<value> answer = failure(errc::callback_failed);
    try {
      answer = call_->function(call_->args);
    } catch (const std::exception& thrown) {
      answer = failure(errc::callback_failed, thrown.what());
    } catch (...) {
      answer =
          failure(errc::callback_failed, "an exception of an unknown type");
    }
    {
      const std::lock_guard lock(call_->mutex);
      call_->answer = std::move(answer);
    }
    self.init_succeeded();
    self.stop(exit_reason::normal());
    self.node().sched().notify();
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
  std::shared_ptr<applied_call> call_;
};

}  // namespace

result<value> apply(runtime& node, const std::string& module,
                    const std::string& function, const value& args,
                    duration timeout) {
  auto call = std::make_shared<applied_call>();
  call->pin = node.code().pin_current(module);
  INSTAR_TRY_ASSIGN(
      const auto address,
      node.code().function(module, function,
                           detail::type_name<applied_function>::text));
  call->function = reinterpret_cast<applied_function*>(address);
  call->args = args;
  const auto loop = std::make_shared<applier>(call);
  spawn_options options;
  options.loop = loop.get();
  options.start.module = module;
  INSTAR_TRY_ASSIGN(const auto made, node.spawn(std::move(options)));
  const auto has_ended = [&] {
    return node.table().find_alive(made) == nullptr;
  };
  if (!node.sched().wait(has_ended, node.sched().now() + timeout)) {
    node.keep(loop);  // its process still runs it
    return failure(errc::timeout,
                   module + ":" + function + " did not return in time");
  }
  const std::lock_guard lock(call->mutex);
  if (!call->answer)
    return failure(errc::noproc, "the call was killed");
  return std::move(*call->answer);
}

}  // namespace instar
