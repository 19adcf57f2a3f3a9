// The effects of a transaction: applies, applications, children.
#include "release_handler/errors.hpp"
#include "release_handler/transaction.hpp"
#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/sys.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::release_handler {
namespace {

constexpr std::chrono::minutes effect_patience{5};

failure with_context(const failure& why, const std::string& what) {
  const auto message = why.message();
  return {errc::effect_failed, message.starts_with(what + ":")
                                   ? message
                                   : fmt::format("{}: {}", what, message)};
}

application_start_type to_start_type(std::string_view text) {
  if (text == "transient")
    return application_start_type::transient;
  if (text == "temporary")
    return application_start_type::temporary;
  return application_start_type::permanent;
}

/// Every child of every running application's tree: who supervises it, its id, its
/// modules.
struct found_child {
  pid supervisor;
  child_info about;
};

result<> collect(runtime& node, pid supervisor,
                 std::vector<found_child>& found) {
  INSTAR_TRY_ASSIGN(const auto status, sys::get_status(node, supervisor));
  if (status.at("status") == "suspended") {
    return failure(errc::suspended_supervisor,
                   fmt::format("supervisor {} is suspended, so its children "
                               "cannot be asked for: resume it",
                               to_string(supervisor)));
  }
  INSTAR_TRY_ASSIGN(const auto children, node.call<std::vector<child_info>>(
                                             supervisor, which_children{}));
  for (const auto& child : children) {
    found.push_back({supervisor, child});
    if (child.type == child_type::supervisor && child.child) {
      INSTAR_TRY(collect(node, child.child, found));
    }
  }
  return {};
}

result<std::vector<found_child>> all_children(runtime& node) {
  std::vector<found_child> found;
  for (const auto& application : node.applications().all()) {
    if (application.top)
      INSTAR_TRY(collect(node, application.top, found));
  }
  return found;
}

bool concerns(const std::vector<std::string>& wanted,
              const std::vector<std::string>& modules) {
  return std::any_of(modules.begin(), modules.end(), [&](const auto& module) {
    return std::find(wanted.begin(), wanted.end(), module) != wanted.end();
  });
}

}  // namespace

result<> transaction::run_application(const appup::mfa& call) {
  const auto name = std::string(call.args.front().as_string());
  auto& applications = node_.applications();
  if (call.function == "load") {
    const auto* app = target_.find(name);
    if (app == nullptr) {
      return failure(errc::no_such_application,
                     "the release has no application " + name);
    }
    return applications.load(target_.info_of(*app));
  }
  if (call.function == "unload")
    return applications.unload(name);
  if (call.function == "stop")
    return applications.stop(name);
  if (call.function != "start") {
    return failure(instar::errc::undef,
                   "module application exports no function " + call.function);
  }
  if (const auto* app = target_.find(name)) {
    // Starting loads it, as in OTP.
    if (auto loaded = applications.load(target_.info_of(*app));
        !loaded &&
        loaded.error().code != make_error_code(instar::errc::already_loaded)) {
      return loaded;
    }
  }
  const auto type =
      call.args.size() > 1 && call.args[1].is_string()
          ? to_start_type(std::string_view(call.args[1].as_string()))
          : application_start_type::temporary;
  return applications.start(name, type);
}

result<> transaction::run_apply(const appup::mfa& call) {
  const auto what = call.module + ":" + call.function;
  if (call.module == "application") {
    if (call.args.empty() || !call.args.front().is_string()) {
      return failure(errc::effect_failed,
                     what + " needs an application's name");
    }
    auto done = run_application(call);
    if (!done)
      return with_context(done.error(), what);
    return {};
  }
  auto done = instar::apply(node_, call.module, call.function, call.args,
                            effect_patience);
  if (!done)
    return with_context(done.error(), what);
  return {};
}

result<> transaction::run_effect(const step& what, const effect& of) {
  emit_phase("effect");
  done_step record{&what, {}, {}, 0};
  result<> done = {};
  switch (of.what) {
    case effect::kind::apply:
      note_application(of);
      INSTAR_TRY(run_apply(of.call));
      break;
    case effect::kind::stop:
      done = stop_children(of.modules, record.children);
      stopped_.insert(stopped_.end(), record.children.begin(),
                      record.children.end());
      break;
    case effect::kind::start:
      for (auto one = stopped_.begin(); one != stopped_.end() && done;) {
        if (!concerns(of.modules, one->modules)) {
          ++one;
          continue;
        }
        done = start_child(*one);
        if (done) {
          record.children.push_back(std::move(*one));
          one = stopped_.erase(one);
        }
      }
      break;
  }
  // What a failed stop or start has done is taken back with the rest.
  if (done || !record.children.empty()) {
    has_touched_ = true;
    done_.push_back(std::move(record));
  }
  return done;
}

// ---- the way back -----------------------------------------------------------------

/// Before an apply of module `application`: what there is to come back to.
void transaction::note_application(const effect& of) {
  if (of.call.module != "application" || of.call.args.empty() ||
      !of.call.args.front().is_string()) {
    return;
  }
  const auto name = std::string_view(of.call.args.front().get_string());
  application_before before;
  for (const auto& one : node_.applications().all()) {
    if (one.name != name)
      continue;
    before.was_loaded = true;
    before.was_running = one.is_running;
    before.type = one.type;
  }
  for (auto& about : node_.applications().snapshot()) {
    if (about.name == name)
      before.about = std::move(about);
  }
  application_before_[&of] = std::move(before);
}

result<> transaction::take_back_effect(const effect& of,
                                       const done_step& done) {
  switch (of.what) {
    case effect::kind::apply:
      return take_back_apply(of);
    case effect::kind::stop:
      for (const auto& one : done.children)
        INSTAR_TRY(start_child(one));
      break;
    case effect::kind::start:
      for (const auto& one : done.children)
        INSTAR_TRY(stop_child(one));
      break;
  }
  return {};
}

result<> transaction::take_back_apply(const effect& of) {
  if (!of.undo)
    return {};
  const auto before = application_before_.find(&of);
  if (of.undo->module != "application" || before == application_before_.end())
    return run_apply(*of.undo);
  // As it was, which the inverse alone does not tell: the start type, the
  // manifest of an application that the new release does not have.
  const auto& was = before->second;
  const auto name = std::string(of.call.args.front().get_string());
  auto& applications = node_.applications();
  bool is_loaded = false;
  bool is_running = false;
  for (const auto& one : applications.all()) {
    if (one.name != name)
      continue;
    is_loaded = true;
    is_running = one.is_running;
  }
  if (is_running && !was.was_running)
    INSTAR_TRY(applications.stop(name));
  if (is_loaded && !was.was_loaded)
    INSTAR_TRY(applications.unload(name));
  if (!is_loaded && was.was_loaded)
    INSTAR_TRY(applications.load(was.about));
  if (!is_running && was.was_running)
    INSTAR_TRY(applications.start(name, was.type));
  return {};
}

// ---- children -----------------------------------------------------------------------

result<> transaction::stop_children(const std::vector<std::string>& modules,
                                    std::vector<stopped_child>& stopped) {
  INSTAR_TRY_ASSIGN(const auto children, all_children(node_));
  for (const auto& one : children) {
    // As in OTP, children of a simple_one_for_one are not stopped.
    if (!concerns(modules, one.about.modules) || one.about.id == "undefined" ||
        !one.about.child) {
      continue;
    }
    stopped_child stopping{one.supervisor, one.about.id, one.about.modules};
    INSTAR_TRY(stop_child(stopping));
    stopped.push_back(std::move(stopping));
  }
  return {};
}

result<> transaction::stop_child(const stopped_child& one) {
  INSTAR_TRY_ASSIGN(
      const auto reply,
      node_.call<child_reply>(one.supervisor, terminate_child{one.id, {}},
                              effect_patience));
  if (!reply.error.empty()) {
    return failure(errc::effect_failed,
                   fmt::format("stop {}: {}", one.id, reply.error));
  }
  return {};
}

result<> transaction::start_child(const stopped_child& one) {
  INSTAR_TRY_ASSIGN(const auto reply, node_.call<child_reply>(
                                          one.supervisor, restart_child{one.id},
                                          effect_patience));
  if (!reply.error.empty() && reply.error != "running") {
    return failure(errc::effect_failed,
                   fmt::format("start {}: {}{}{}", one.id, reply.error,
                               reply.detail.empty() ? "" : ": ", reply.detail));
  }
  return {};
}

}  // namespace instar::release_handler
