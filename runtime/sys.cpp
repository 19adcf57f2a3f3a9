#include "runtime/sys.hpp"

#include "module/type_name.hpp"
#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
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

result<value> ask(runtime& node, const target& process,
                  std::unique_ptr<system_request> asked, duration timeout) {
  const auto asked_process = process.find(node);
  if (!asked_process)
    return failure(errc::noproc, "no process " + process.text());
  auto slot = std::make_shared<answer_slot>();
  auto& sched = node.sched();
  asked->done = [slot, &sched](result<value> answer) {
    {
      const std::lock_guard lock(slot->mutex);
      slot->answer = std::move(answer);
    }
    sched.notify();
  };
  request(node, asked_process, std::move(asked));
  const auto has_answer = [&] {
    const std::lock_guard lock(slot->mutex);
    return slot->answer.has_value();
  };
  if (!sched.wait(has_answer, sched.deadline_after(timeout))) {
    return failure(errc::timeout, process.text() + " did not answer");
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

result<> suspend(runtime& node, const target& process, duration timeout) {
  return done(ask(node, process, make(operation::suspend), timeout));
}
result<> resume(runtime& node, const target& process, duration timeout) {
  return done(ask(node, process, make(operation::resume), timeout));
}
result<value> get_state(runtime& node, const target& process,
                        duration timeout) {
  return ask(node, process, make(operation::get_state), timeout);
}
result<value> replace_state(runtime& node, const target& process, value state,
                            duration timeout) {
  return ask(node, process, make(operation::replace_state, std::move(state)),
             timeout);
}
result<value> detail::replace_state(runtime& node, const target& process,
                                    std::function<value(const value&)> change,
                                    duration timeout) {
  auto asked = make(operation::replace_state);
  asked->replace = std::move(change);
  return ask(node, process, std::move(asked), timeout);
}
result<value> summary(runtime& node, const target& process, duration timeout) {
  return ask(node, process, make(operation::summary), timeout);
}
result<value> get_status(runtime& node, const target& process,
                         duration timeout) {
  return ask(node, process, make(operation::get_status), timeout);
}
result<> change_code(runtime& node, const target& process, value extra,
                     duration timeout, const std::string& module) {
  auto asked = make(operation::change_code, std::move(extra));
  asked->module = module;
  return done(ask(node, process, std::move(asked), timeout));
}
result<> terminate(runtime& node, const target& process, exit_reason reason,
                   duration timeout) {
  auto asked = make(operation::terminate);
  asked->reason = std::move(reason);
  return done(ask(node, process, std::move(asked), timeout));
}
result<std::vector<std::string>> get_modules(runtime& node,
                                             const target& process,
                                             duration timeout) {
  INSTAR_TRY_ASSIGN(const auto answer,
                    ask(node, process, make(operation::get_modules), timeout));
  std::vector<std::string> names;
  for (const auto& name : answer.as_array()) {
    names.emplace_back(name.as_string());
  }
  return names;
}
result<value> children(runtime& node, const target& process, duration timeout,
                       std::size_t limit) {
  auto asked = make(operation::children);
  asked->limit = limit;
  return ask(node, process, std::move(asked), timeout);
}

result<pid> find_process(runtime& node, std::string_view text,
                         duration timeout) {
  constexpr std::string_view global = "global:";
  constexpr std::string_view via = "via:";
  // A name that is registered as it is written comes first.
  auto found = target(text).find(node);
  if (!found && text.starts_with(global)) {
    found = node.whereis(text.substr(global.size()));
  } else if (!found && text.starts_with(via)) {
    const auto rest = text.substr(via.size());
    const auto colon = rest.find(':');
    if (colon != std::string_view::npos) {
      INSTAR_TRY_ASSIGN(
          const auto answer,
          apply(node, std::string(rest.substr(0, colon)), "whereis_name",
                value(rest.substr(colon + 1)), timeout));
      if (const auto* written = answer.if_string())
        found = parse_pid(std::string_view(*written));
    }
  }
  if (node.table().find_alive(found) == nullptr)
    return failure(errc::noproc, "no process " + std::string(text));
  return found;
}

// ---- debugging

result<value> debug(runtime& node, const target& process, value command,
                    duration timeout) {
  return ask(node, process, make(operation::debug, std::move(command)),
             timeout);
}

namespace {

result<> switch_on(runtime& node, const target& process, const char* what,
                   value argument, duration timeout) {
  return done(debug(node, process,
                    boost::json::object{{what, std::move(argument)}}, timeout));
}

value to_value(const debug_function& function) {
  boost::json::object made{{"module", function.module},
                           {"function", function.function},
                           {"state", function.state}};
  if (!function.id.empty())
    made["id"] = function.id;
  return made;
}

}  // namespace

result<> statistics(runtime& node, const target& process, bool on,
                    duration timeout) {
  return switch_on(node, process, "statistics", on, timeout);
}
result<value> statistics(runtime& node, const target& process,
                         duration timeout) {
  return debug(node, process, boost::json::object{{"statistics", "get"}},
               timeout);
}
result<> trace(runtime& node, const target& process, bool on,
               duration timeout) {
  return switch_on(node, process, "trace", on, timeout);
}
result<> log(runtime& node, const target& process, std::size_t length,
             duration timeout) {
  return switch_on(node, process, "log", static_cast<std::int64_t>(length),
                   timeout);
}
result<> stop_log(runtime& node, const target& process, duration timeout) {
  return switch_on(node, process, "log", false, timeout);
}
result<value> log_events(runtime& node, const target& process,
                         duration timeout) {
  return debug(node, process, boost::json::object{{"log", "get"}}, timeout);
}
result<> print_log(runtime& node, const target& process, duration timeout) {
  return switch_on(node, process, "log", "print", timeout);
}
result<> log_to_file(runtime& node, const target& process, const path& file,
                     duration timeout) {
  return switch_on(node, process, "log_to_file",
                   file.empty() ? value(false) : value(file.string()), timeout);
}
result<> install(runtime& node, const target& process,
                 const debug_function& function, duration timeout) {
  // Loads the module where that is the node's way, and finds a wrong name.
  INSTAR_TRY(node.code().function(
      function.module, function.function,
      instar::detail::type_name<result<value>(const value&)>::text));
  return switch_on(node, process, "install", to_value(function), timeout);
}
result<> remove(runtime& node, const target& process,
                const debug_function& function, duration timeout) {
  return switch_on(node, process, "remove", to_value(function), timeout);
}
result<> no_debug(runtime& node, const target& process, duration timeout) {
  return switch_on(node, process, "no_debug", true, timeout);
}

result<std::uint64_t> follow(runtime& node, const target& process,
                             event_sink_function sink, duration timeout) {
  const auto number = node.next_tag();
  auto asked = make(operation::visit);
  asked->visit = [number, sink = std::move(sink)](class process& self) {
    self.make_debug().follow(number, sink);
  };
  INSTAR_TRY(ask(node, process, std::move(asked), timeout));
  return number;
}
result<> unfollow(runtime& node, const target& process, std::uint64_t number,
                  duration timeout) {
  auto asked = make(operation::visit);
  asked->visit = [number](class process& self) {
    if (auto* debug = self.debug())
      debug->unfollow(number);
    self.drop_empty_debug();
  };
  return done(ask(node, process, std::move(asked), timeout));
}

}  // namespace instar::sys
