// /v1/processes/NAME/sys/...: system messages to one process of a running node.
#include "release_handler/api_request.hpp"
#include "release_handler/event_hub.hpp"
#include "release_handler/node_api.hpp"
#include "runtime/sys.hpp"

#include <memory>

namespace instar::release_handler {
namespace {

/// How long a trace may go on after its client has left.
constexpr std::chrono::milliseconds look_up{250};
/// A silent trace says that it is there, so that whoever is gone shows.
constexpr std::chrono::seconds silence_limit{15};

/// One option that may be absent, so that nothing is said.
std::optional<bool> switch_of(body_reader& options) {
  const auto given = options.any("on");
  return given.is_null() ? std::nullopt : std::optional(options.flag("on"));
}

}  // namespace

api_response node_api::sys_verb(pid process, const std::string& name,
                                const std::string& verb,
                                const api_request& request,
                                const event_sink& emit) {
  auto& node = parts_.node;
  body_reader options(request.body);
  const auto timeout =
      options.milliseconds("timeout_ms").value_or(default_call_timeout);
  const auto reason = options.text("reason").value_or("shutdown");
  const auto state = options.any("state");
  const auto extra = options.any("extra");
  const auto is_on = switch_of(options);
  const auto length = options.any("length");
  const bool prints = options.flag("print");
  const auto file = options.text("path");
  const sys::debug_function function{options.text("module").value_or(""),
                                     options.text("function").value_or(""),
                                     state, options.text("id").value_or("")};
  if (auto fine = options.check(); !fine)
    return error_response(fine.error());
  if (verb == "suspend")
    return done(sys::suspend(node, process, timeout));
  if (verb == "resume")
    return done(sys::resume(node, process, timeout));
  if (verb == "get-state")
    return answer(sys::get_state(node, process, timeout));
  if (verb == "replace-state")
    return answer(sys::replace_state(node, process, state, timeout));
  if (verb == "get-status")
    return answer(sys::get_status(node, process, timeout));
  if (verb == "change-code")
    return done(
        sys::change_code(node, process, extra, timeout, function.module));
  if (verb == "terminate")
    return done(sys::terminate(node, process, {reason, {}}, timeout));
  if (verb == "get-modules") {
    auto modules = sys::get_modules(node, process, timeout);
    if (!modules)
      return error_response(modules.error());
    return {200,
            boost::json::object{{"value", boost::json::array(modules->begin(),
                                                             modules->end())}}};
  }
  const auto debug = [&](const char* command, value argument) {
    auto said = sys::debug(node, process,
                           boost::json::object{{command, std::move(argument)}},
                           timeout);
    if (!said)
      return error_response(said.error());
    return *said == "ok" ? done({}) : answer(said);
  };
  if (verb == "statistics")
    return debug("statistics", is_on ? value(*is_on) : value("get"));
  if (verb == "log" && prints)
    return debug("log", "print");
  if (verb == "log" && !length.is_null())
    return debug("log", length);
  if (verb == "log")
    return debug("log", is_on ? value(*is_on) : value("get"));
  if (verb == "log-to-file")
    return debug("log_to_file", file ? value(*file) : value(false));
  if (verb == "install")
    return done(sys::install(node, process, function, timeout));
  if (verb == "remove")
    return done(sys::remove(node, process, function, timeout));
  if (verb == "no-debug")
    return debug("no_debug", true);
  if (verb == "trace" && is_on)
    return debug("trace", *is_on);
  if (verb == "trace")
    return trace(process, name, request, timeout, emit);
  return error_response(
      failure(instar::errc::not_found, "sys has no request " + verb));
}

api_response node_api::trace(pid process, std::string name,
                             const api_request& request, duration timeout,
                             const event_sink& emit) {
  auto& node = parts_.node;
  // The process alone keeps it: once it is gone, nothing will come any more.
  auto hub = std::make_shared<event_hub>();
  event_hub::watcher watcher(*hub);
  auto followed = sys::follow(
      node, process,
      [hub, name = std::move(name)](const value& event) {
        auto told = event.as_object();
        told["text"] = event_line(name, event);
        hub->publish(told);
      },
      timeout);
  if (!followed)
    return error_response(followed.error());
  emit(boost::json::object{{"event", "trace"}, {"pid", to_string(process)}});
  const auto is_gone = [&] { return !request.is_gone || request.is_gone(); };
  for (auto said = parts_.time.now(); !is_gone();) {
    const bool is_followed = hub.use_count() > 1;
    for (const auto& event : watcher.wait(look_up)) {
      emit(event);
      said = parts_.time.now();
    }
    if (!is_followed)
      return done({});
    if (parts_.time.now() - said < silence_limit)
      continue;
    emit(boost::json::object{{"event", "silence"}});
    said = parts_.time.now();
  }
  return done(sys::unfollow(node, process, *followed, timeout));
}

}  // namespace instar::release_handler
